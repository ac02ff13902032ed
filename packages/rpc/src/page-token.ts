import { PurserError } from '@purser/kernel'

/** Rows of a page when the caller names no size. */
const DEFAULT_PAGE_SIZE = 50

/** Rows to answer for a requested `page_size`; 0 means the default of 50. */
export function pageSizeOf(requested: number): number {
  return requested === 0 ? DEFAULT_PAGE_SIZE : requested
}

/** Token of a position: the sort key of the last row answered, opaque to callers. */
export function encodePageToken(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/**
 * The position of a token, or undefined for the first page. `length` is the number of texts in the
 * sort key. Throws `request.invalid` when the token was not made by `encodePageToken` for this
 * list.
 */
export function decodePageToken(token: string, length: number): string[] | undefined {
  if (token === '') return undefined
  const position = parse(token)
  const valid =
    Array.isArray(position) &&
    position.length === length &&
    position.every((part) => typeof part === 'string')
  if (!valid) throw unknownPageToken()
  return position
}

/** Greatest whole number that Postgres holds in eight bytes. */
const MOST = 2n ** 63n - 1n

/** A whole number of a position. Throws `request.invalid`: a token is opaque, not secret, and somebody may have written it. */
export function wholeOfPosition(text: string): bigint {
  if (/^\d{1,19}$/.test(text) && BigInt(text) <= MOST) return BigInt(text)
  throw unknownPageToken()
}

/** A time of a position, of a year of four digits: Postgres holds those. Throws `request.invalid`. */
export function timeOfPosition(text: string): Temporal.Instant {
  try {
    if (/^\d{4}-/.test(text)) return Temporal.Instant.from(text)
  } catch {
    // Refused below.
  }
  throw unknownPageToken()
}

/** The refusal of a token that the list did not answer. */
export function unknownPageToken(): PurserError {
  return new PurserError('request.invalid', 'The page token is not one that this list answered.', {
    fields: [{ field: 'page_token', message: 'send next_page_token as it was answered' }],
  })
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
