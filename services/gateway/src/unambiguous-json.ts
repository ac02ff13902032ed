/** A JSON object's members by name. */
export type JsonMembers = Readonly<Record<string, unknown>>

const tokenString = /"(?:[^"\\]|\\.)*"(\s*:)?/gs

/**
 * Reads a JSON object in which no object names a member twice: readers disagree on which of the two counts
 * (RFC 8259, section 4). Answers undefined for anything else.
 */
export function readUnambiguousObject(text: string): JsonMembers | undefined {
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  // The text is JSON: a string before a colon is a name. A name told twice leaves one member fewer than names.
  const names = [...text.matchAll(tokenString)].filter(([, colon]) => colon !== undefined)
  return names.length === countMembers(value) ? (value as JsonMembers) : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value).reduce<number>((sum, each) => sum + countMembers(each), 0)
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length)
}
