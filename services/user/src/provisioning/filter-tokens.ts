import { scimRefusal } from './scim-refusal.ts'

/** A piece of a filter. */
export type FilterToken =
  | { kind: 'bracket'; text: '(' | ')' | '[' | ']' }
  | { kind: 'word'; text: string }
  | { kind: 'text'; text: string }

const longestFilter = 4_096
// One alternative for each first character: reading is linear.
const pattern = /\s+|([()[\]])|("(?:[^"\\]|\\.)*")|([A-Za-z0-9$_+-][\w$.:+-]*)/gsy

/**
 * The pieces of a filter of at most 4,096 characters. Texts are JSON's (RFC 7644, section 3.4.2.2)
 * and hold no NUL and no half of a surrogate pair. Throws `invalidFilter`.
 */
export function filterTokens(filter: string): FilterToken[] {
  if (filter.length > longestFilter) throw invalidFilter('The filter is too long.')
  const tokens: FilterToken[] = []
  let end = 0
  for (const [piece, bracket, quoted, word] of filter.matchAll(pattern)) {
    end += piece.length
    if (bracket !== undefined) tokens.push({ kind: 'bracket', text: bracket as '(' })
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: unquoted(quoted) })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
  }
  if (end < filter.length) {
    throw invalidFilter(`The filter cannot be read from character ${end + 1} on.`)
  }
  return tokens
}

/** The refusal of a filter. */
export function invalidFilter(message: string) {
  return scimRefusal('invalidFilter', message)
}

function unquoted(text: string): string {
  let value: string
  try {
    value = JSON.parse(text) as string
  } catch {
    throw invalidFilter('A text in the filter is no JSON text.')
  }
  if (value.includes('\0') || !value.isWellFormed()) {
    throw invalidFilter('A text in the filter holds characters that no text may hold.')
  }
  return value
}
