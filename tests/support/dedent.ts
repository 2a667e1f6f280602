/** Text without the indentation of the source that it was written in. */
export function dedent(text: string): string {
  const rows = text.split("\n").filter((row) => row.trim() !== "")
  const indent = Math.min(...rows.map((row) => row.length - row.trimStart().length))
  return rows.map((row) => row.slice(indent)).join("\n")
}
