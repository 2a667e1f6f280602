// All scenarios by the name of their recording.
import { contentFilter, mcp, modelNotFound, nested, resumeSubagent, structured } from "./answers.ts"
import { compactionAuto, compactionManual } from "./compaction.ts"
import { abort, permissions, question } from "./humans.ts"
import type { Scenario } from "./scenario.ts"
import { command, deleted, dispose, fork, noreply, queued, revert, shell } from "./starts.ts"

export const scenarios: Record<string, Scenario> = {
  "compaction-auto": compactionAuto,
  "compaction-manual": compactionManual,
  queued,
  shell,
  command,
  fork,
  question,
  permissions,
  abort,
  "content-filter": contentFilter,
  "model-not-found": modelNotFound,
  noreply,
  "resume-subagent": resumeSubagent,
  nested,
  mcp,
  structured,
  revert,
  deleted,
  dispose,
}
