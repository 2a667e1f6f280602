/** Says what was wrong with the options, once it is known what is used instead. */
import type { Config } from "./config.ts"
import { nearest } from "./nearest.ts"
import { type DocumentedOption, documentedAt, namesBeside } from "./option-docs.ts"
import { maskSecret, maskUrl, type Problem, plain, show } from "./problem.ts"
import type { Fault } from "./read-options.ts"

/** One problem per value that `readOptions` cut out. */
export function optionProblem(fault: Fault, config: Config): Problem {
  if (fault.path.length === 0) return notAnObject(fault, config)
  const setting = fault.path.map(plain).join(".")
  const option = documentedAt(fault.path)
  if (fault.unknownName) return unknownName(fault, setting)
  return {
    setting,
    given: givenAt(fault, option),
    expected: expectedOf(fault, option),
    used: usedInstead(fault, option, config),
    severity: "warning",
  }
}

function notAnObject(fault: Fault, config: Config): Problem {
  return {
    setting: "options of opencode-traces",
    given: show(fault.value),
    expected: "an object with known options",
    used: config.enabled ? "no options" : "nothing: the plugin is off",
    severity: "error",
  }
}

/** The value of an unknown option is not shown: `apiKey` may be one. */
function unknownName(fault: Fault, setting: string): Problem {
  const known = namesBeside(fault.path)
  const name = fault.path.at(-1) ?? ""
  const meant = nearest(name, known.length > 0 ? known : RULE_NAMES)
  const suggestion = meant ? ` (did you mean ${show(meant)}?)` : ""
  return {
    setting,
    given: "an unknown option",
    expected: `a known one${suggestion}`,
    used: (isToolRule(fault) && contentKept(fault)) || "nothing: it is ignored",
    severity: "warning",
  }
}

/** The names of a tool's rule, which the table describes in words. */
const RULE_NAMES = ["arguments", "result", "paths"]

/** What concerns content is switched off rather than guessed: see `closeFaulty`. */
function contentKept(fault: Fault): string | undefined {
  const [option, part, tool] = fault.path
  if (option === "redact" || (option === "captureContent" && part === undefined)) return "no content at all"
  if (option !== "captureContent") return undefined
  if (part !== "tools") return "false"
  return tool === undefined ? "no content of any tool" : `no content of the tool ${show(tool)}`
}

function isToolRule({ path }: Fault): boolean {
  return path[0] === "captureContent" && path[1] === "tools"
}

function isWithin(fault: Fault, option: DocumentedOption | undefined): boolean {
  return option !== undefined && fault.path.length > option.name.split(".").length
}

function expectedOf(fault: Fault, option: DocumentedOption | undefined): string {
  if (!option) return "a known option"
  return isWithin(fault, option) ? `${option.name} to be ${option.doc.type}` : option.doc.type
}

function givenAt(fault: Fault, option: DocumentedOption | undefined): string {
  if (option?.doc.secret) return maskSecret(fault.value)
  if (option?.name === "endpoint" && typeof fault.value === "string") return show(maskUrl(fault.value))
  return show(fault.value)
}

function usedInstead(fault: Fault, option: DocumentedOption | undefined, config: Config): string {
  const content = contentKept(fault)
  if (content) return content
  if (option?.doc.secret || isWithin(fault, option)) return "the rest without it"
  if (option?.name === "samplerArg") return String(config.sampler.ratio)
  if (option?.name === "sampler") return config.sampler.type
  if (option?.name === "endpoint") return maskUrl(config.endpoint)
  const used = valueAt(config, fault.path)
  if (used === undefined) return "no value"
  return typeof used === "object" ? "its default" : show(used)
}

/** The configuration has the same names as the options, so an option's path leads to what is used. */
function valueAt(config: Config, path: readonly string[]): unknown {
  let value: unknown = config
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}
