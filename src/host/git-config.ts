/**
 * Entries of a git configuration by `section.key` or `section.subsection.key`, sections and keys in lower case; of
 * several values the last. Reads what `git config` writes: no includes, no continued lines. (The parsers on npm
 * split subsections at their dots, and so take `[remote "a.b"]` apart.)
 */
export function parseGitConfig(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>()
  let section = ""
  for (const line of text.split("\n")) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line)
    if (header) {
      const [, name = "", subsection] = header
      section =
        name.toLowerCase() + (subsection === undefined ? "" : `.${subsection.replace(/\\(.)/g, "$1")}`)
      continue
    }
    const [, key, value] = /^\s*([A-Za-z][\w-]*)\s*=\s*(.*)$/.exec(line) ?? []
    if (key && value !== undefined) entries.set(`${section}.${key.toLowerCase()}`, unquoted(value))
  }
  return entries
}

/** A value without its quotes, and without the comment after it. */
function unquoted(value: string): string {
  const pieces = value.matchAll(/"((?:[^"\\]|\\.)*)"|([^"#;]+)|([#;].*)/g)
  const text = [...pieces].map(([, quoted, plain]) => quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "")
  return text.join("").trim()
}
