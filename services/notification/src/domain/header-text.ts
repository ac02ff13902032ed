const LONGEST_HEADER = 200

// Line breaks end a header; bidirectional controls make a name read as another.
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/**
 * A text as it may stand in a header of a mail: one line without control characters, spaces around it dropped, at most
 * 200 code points.
 */
export function headerText(text: string): string {
  const line = text.replace(unsafe, ' ').replace(/ {2,}/g, ' ').trim()
  return [...line].slice(0, LONGEST_HEADER).join('')
}
