import { allows, type ContentPolicy } from "../content/policy.ts"
import {
  type FileReference,
  file,
  type InputMessage,
  type MessagePart,
  type OutputMessage,
  outputMessages,
  reasoning,
  type ToolCallResponsePart,
  text,
  toolCall,
  toolMessages,
  toolResponse,
  userMessages,
} from "./messages.ts"

/** More parts than any real message has. What comes beyond is counted, not kept. */
const MOST_PARTS = 1000

/**
 * Whose words a transcript holds; it decides which span carries what:
 * - `root`: the prompt on the agent and on its first chat, answers on the chats, the last one on the agent.
 * - `subagent`: the same without a prompt on the chat. A chat whose input ends with a user message is drawn
 *   as something the *user* said (Weave), and a task prompt is the parent agent's words.
 * - `compaction`: the summary on the agent alone; on the chat too it would be drawn as an answer.
 */
export type Speaker = "root" | "subagent" | "compaction"

/** A call as the host reports it; a later report of the same part replaces the earlier one. */
export interface ToolCall {
  readonly callId: string
  readonly name: string
  readonly input: unknown
}

/**
 * Parts by id, in the order in which they were first seen: OpenCode sends a part again, whole, whenever it
 * has grown, so a part replaces its predecessor and keeps its place.
 */
class Parts<Part extends MessagePart> {
  readonly #byId = new Map<string, Part | undefined>()
  readonly #omitted = new Set<string>()

  /** Keeps the part's place while there is nothing to show in it: text is first seen empty, its end comes late. */
  reserve(id: string): void {
    if (!this.#byId.has(id) && this.#byId.size < MOST_PARTS) this.#byId.set(id, undefined)
  }

  put(id: string, part: Part): void {
    if (this.#byId.has(id) || this.#byId.size < MOST_PARTS) this.#byId.set(id, part)
    else if (this.#omitted.size < MOST_PARTS) this.#omitted.add(id)
  }

  list(): readonly Part[] {
    return [...this.#byId.values()].filter((part) => part !== undefined)
  }

  /** What to say in place of the parts that were not kept. */
  rest(): readonly MessagePart[] {
    return this.#omitted.size === 0 ? [] : [text(`…[+${this.#omitted.size} parts]`)]
  }
}

/** What one model request was given that is new, and what came back. */
export class StepTranscript {
  readonly #policy: ContentPolicy
  readonly #speaker: Speaker
  readonly #prompt: () => readonly InputMessage[]
  readonly #parts = new Parts()
  readonly #calls = new Map<string, ToolCall>()
  readonly #responses = new Map<string, ToolCallResponsePart>()
  #before: StepTranscript | undefined

  /** `before` is the step whose tool answers this one was given; a first step is given the prompt instead. */
  constructor(
    policy: ContentPolicy,
    speaker: Speaker,
    prompt: () => readonly InputMessage[],
    before: StepTranscript | undefined,
  ) {
    this.#policy = policy
    this.#speaker = speaker
    this.#prompt = prompt
    this.#before = before
    if (before) before.#before = undefined
  }

  /** A text part of the answer, whole, as it stands now. Empty text only keeps its place. */
  text(partId: string, content: string): void {
    if (content === "") this.#parts.reserve(partId)
    else if (allows(this.#policy, "answers")) this.#parts.put(partId, text(content))
  }

  /** A reasoning part, whole, as it stands now. Empty reasoning (hidden by the provider) only keeps its place. */
  reasoning(partId: string, content: string): void {
    if (content === "") this.#parts.reserve(partId)
    else if (allows(this.#policy, "reasoning")) this.#parts.put(partId, reasoning(content))
  }

  /** A call the model asked for. Its name and id go with the answers, its arguments by the tool's rules. */
  call(partId: string, call: ToolCall): void {
    if (this.#calls.has(call.callId) || this.#calls.size < MOST_PARTS) this.#calls.set(call.callId, call)
    const withArguments = allows(this.#policy, "toolArguments", call)
    if (!withArguments && !allows(this.#policy, "answers")) return
    this.#parts.put(partId, toolCall(call.callId, call.name, withArguments ? call.input : undefined))
  }

  /** What the tool answered: output, or the error text it failed with. For a call not seen before: ignored. */
  answer(callId: string, response: unknown): void {
    const call = this.#calls.get(callId)
    if (!call || !allows(this.#policy, "toolResults", call)) return
    this.#responses.set(callId, toolResponse(callId, response))
  }

  /** `gen_ai.input.messages` of this chat: only what is new since the step before. */
  input(): readonly InputMessage[] {
    if (this.#before) return toolMessages(this.#before.#answers())
    return this.#speaker === "root" ? this.#prompt() : []
  }

  /** `gen_ai.output.messages` of this chat, in the order the model produced it. */
  output(finishReason: string): readonly OutputMessage[] {
    if (this.#speaker === "compaction") return []
    return outputMessages([...this.#parts.list(), ...this.#parts.rest()], finishReason)
  }

  /** The text the model answered with, without reasoning and calls. */
  words(): readonly MessagePart[] {
    return this.#parts.list().filter((part) => part.type === "text")
  }

  /** In the order of the calls, whatever order the tools finished in. */
  #answers(): readonly ToolCallResponsePart[] {
    return [...this.#calls.keys()]
      .map((callId) => this.#responses.get(callId))
      .filter((response) => response !== undefined)
  }
}

/**
 * What one run (a prompt, a subagent's task, a compaction) was asked and what it answered. Holds the
 * prompt, the last answer and the two newest steps; older steps are dropped, so a run of a thousand steps
 * holds no more than one of three.
 */
export class RunTranscript {
  readonly #policy: ContentPolicy
  readonly #speaker: Speaker
  readonly #prompt = new Parts()
  readonly #steps = new Map<string, StepTranscript>()
  #newest: StepTranscript | undefined
  #words: readonly MessagePart[] = []

  constructor(policy: ContentPolicy, speaker: Speaker) {
    this.#policy = policy
    this.#speaker = speaker
  }

  /** A text part of the prompt (or of a subagent's task). Synthetic text is not the user's: leave it out. */
  prompt(partId: string, content: string): void {
    if (content !== "" && allows(this.#policy, "prompts")) this.#prompt.put(partId, text(content))
  }

  /** A file that came with the prompt. */
  attachment(partId: string, reference: FileReference): void {
    if (allows(this.#policy, "prompts")) this.#prompt.put(partId, file(reference))
  }

  /** The step of that id (OpenCode: the assistant message's) while it is kept; for updates that come late. */
  step(id: string): StepTranscript | undefined {
    return this.#steps.get(id)
  }

  /** Opens the next step. Idempotent: the same id gives the same step. */
  open(id: string): StepTranscript {
    const known = this.#steps.get(id)
    if (known) return known
    const words = this.#newest?.words() ?? []
    if (words.length > 0) this.#words = words
    const step = new StepTranscript(this.#policy, this.#speaker, () => this.input(), this.#newest)
    this.#newest = step
    this.#steps.set(id, step)
    this.#forgetOldSteps()
    return step
  }

  /** `gen_ai.input.messages` of the agent span: the prompt or the task. */
  input(): readonly InputMessage[] {
    return userMessages([...this.#prompt.list(), ...this.#prompt.rest()])
  }

  /**
   * `gen_ai.output.messages` of the agent span: the last answer that had words in it. A subagent's is what its
   * call returns to the parent, there wrapped in tags that are made for the model.
   */
  output(finishReason: string): readonly OutputMessage[] {
    const newest = this.#newest?.words() ?? []
    return outputMessages(newest.length > 0 ? newest : this.#words, finishReason)
  }

  /** Two: a step's last updates can come after the next one has begun. */
  #forgetOldSteps(): void {
    for (const id of this.#steps.keys()) {
      if (this.#steps.size <= 2) return
      this.#steps.delete(id)
    }
  }
}
