import { isUtf8 } from 'node:buffer'
import type { HttpBody } from '@purser/contracts/google/api/httpbody'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import { scimRefusal } from './scim-refusal.ts'

const mostBytes = 1_000_000
const mostNesting = 20

/**
 * The JSON object of a body of at most 1 MB, nested at most 20 levels deep. Throws `tooMany` for a
 * larger one, `invalidSyntax` for anything else.
 */
export function readScimBody(body: HttpBody | undefined): JsonMembers {
  const data = body?.data ?? new Uint8Array(0)
  if (data.length > mostBytes) {
    throw scimRefusal('tooMany', `The body may have at most ${mostBytes} bytes.`)
  }
  if (!isUtf8(data)) throw invalidSyntax('The body is not valid UTF-8.')
  const value = parsed(Buffer.from(data).toString('utf8'))
  if (!isMembers(value)) throw invalidSyntax('The body is no JSON object.')
  checkValue(value, 0)
  return value
}

/** Whether a value is a JSON object. */
export function isMembers(value: unknown): value is JsonMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member with this name in any case; undefined for none. Own members alone. */
export function memberOf(members: JsonMembers, name: string): unknown {
  const wanted = name.toLowerCase()
  return Object.entries(members).findLast(([key]) => key.toLowerCase() === wanted)?.[1]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalidSyntax('The body is no JSON.', cause)
  }
}

/** Refuses what no row can hold, and depth that no resource has. */
function checkValue(value: unknown, depth: number): void {
  if (depth > mostNesting) throw invalidSyntax('The body is nested too deeply.')
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    throw scimRefusal('invalidValue', 'A text holds characters that no text may hold.')
  }
  if (typeof value !== 'object' || value === null) return
  for (const inner of Object.values(value)) checkValue(inner, depth + 1)
}

function invalidSyntax(message: string, cause?: unknown) {
  return scimRefusal('invalidSyntax', message, cause)
}
