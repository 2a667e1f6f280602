import type { Fields } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readAsk, readQuestionReply } from "./human-readings.ts"

/** `question.asked`, then `question.replied` or `question.rejected`: the `question` tool waits for the human. */
export function onQuestion(runs: RunModel, properties: Fields, type: string): void {
  if (type === "question.asked") {
    const ask = readAsk("question", properties)
    if (ask) runs.asked(ask)
    return
  }
  const reply = readQuestionReply(properties, type === "question.rejected")
  if (reply) runs.replied(reply)
}
