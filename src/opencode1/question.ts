import { type Fields, id } from "../host/guards.ts"
import type { Reply } from "../runs/facts.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readAsk } from "./ask.ts"

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

/** `question.replied {requestID, answers}` and `question.rejected {requestID}`. */
export function readQuestionReply(properties: Fields, rejected: boolean): Reply | undefined {
  const requestId = id(properties.requestID)
  if (!requestId) return undefined
  return { requestId, reply: rejected ? "reject" : "answer" }
}
