import { PurserError } from '@purser/kernel'

/** The bare media type of a Content-Type header in lower case; empty without one. */
export function mediaType(header: string | undefined): string {
  return header?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/**
 * Throws PurserError `request.unsupported_media_type` unless the header names one of `accepted`, in
 * UTF-8 if it names a charset at all.
 */
export function requireMediaType(header: string | undefined, accepted: readonly string[]): void {
  const charset =
    /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(header ?? '')?.[1]?.toLowerCase() ?? 'utf-8'
  const isKnown = accepted.includes(mediaType(header)) && /^(utf-?8|us-ascii)$/.test(charset)
  if (isKnown) return
  const list = accepted.join(', ')
  throw new PurserError('request.unsupported_media_type', `expected Content-Type ${list} in UTF-8`)
}
