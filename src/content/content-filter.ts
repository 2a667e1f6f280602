import type { Redactor } from "./masking.ts"
import { snapshot } from "./snapshot.ts"
import { byteSize, sharedCap, truncateJson, truncateText } from "./truncation.ts"

/** Bytes of UTF-8. */
export interface ContentLimits {
  /** For one attribute. */
  readonly maxValueBytes: number
  /** For all content attributes of one span together. */
  readonly maxSpanBytes: number
}

/** The only way for content into an attribute: masks secrets first, then cuts to size. */
export interface ContentFilter {
  /** For an attribute that is plain text: a title, an error's words. */
  readonly text: (value: string) => string
  /**
   * For the JSON attributes of one span, given together because they share its limit. What is empty
   * (`undefined`, an empty list) is left out, as is what no longer fits at all. Keys are attribute names.
   */
  readonly attributes: (values: Readonly<Record<string, unknown>>) => Readonly<Record<string, string>>
}

/**
 * Builds the filter. A secret is masked before its text is cut: the half that a cut leaves over would be
 * known to no rule. Never throws.
 */
export function createContentFilter(redactor: Redactor, limits: ContentLimits): ContentFilter {
  const { maxValueBytes, maxSpanBytes } = limits
  const longest = Math.min(maxValueBytes, maxSpanBytes)
  return {
    text: (value) => truncateText(redactor.text(value.toWellFormed()), longest),
    attributes: (values) => {
      const masked = Object.entries(values)
        .filter(([, value]) => !isEmpty(value))
        .map(([name, value]) => [name, redactor.tree(snapshot(value))] as const)
      const sizes = masked.map(([, value]) => Math.min(byteSize(JSON.stringify(value)), longest))
      const cap = shareOf(sizes, maxSpanBytes) ?? longest
      const cut = masked.map(([name, value]) => [name, truncateJson(value, Math.min(longest, cap))] as const)
      return Object.fromEntries(cut.filter((entry): entry is [string, string] => entry[1] !== undefined))
    },
  }
}

/** What each value may take so that all of them fit, or nothing when they fit as they are. */
function shareOf(sizes: readonly number[], maxSpanBytes: number): number | undefined {
  const excess = sizes.reduce((sum, size) => sum + size, 0) - maxSpanBytes
  return excess <= 0 ? undefined : sharedCap(sizes, excess)
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}
