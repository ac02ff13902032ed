import { PurserError } from '@purser/kernel'

/**
 * The pairs of a query string in order, `+` read as a space. Throws PurserError `request.invalid` when
 * it is not the percent-encoding of UTF-8, or has more than 1,000 pairs.
 */
export function parseQueryString(text: string): [name: string, value: string][] {
  if (text === '') return []
  const parts = text.split('&', 1001).filter((part) => part !== '')
  if (parts.length > 1000) throw new PurserError('request.invalid', 'the query is too long')
  return parts.map((part) => {
    const equals = part.indexOf('=')
    if (equals < 0) return [decode(part), '']
    return [decode(part.slice(0, equals)), decode(part.slice(equals + 1))]
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new PurserError('request.invalid', 'the query is not percent-encoded UTF-8')
  }
}
