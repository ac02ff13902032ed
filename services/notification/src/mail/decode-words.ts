import { decodeText } from './decode-text.ts'

// RFC 2047: `=?utf-8?Q?Zo=C3=AB?=`. White space between two words belongs to neither.
const gap = /(=\?[^?\s]+\?[BQ]\?[^?\s]*\?=)[ \t]+(?==\?[^?\s]+\?[BQ]\?[^?\s]*\?=)/gi
const run = /(?:=\?[^?\s]+\?[BQ]\?[^?\s]*\?=)+/gi
const word = /=\?([^?\s]+)\?([BQ])\?([^?\s]*)\?=/gi

/** A header's text with its encoded words decoded. A character may be split over neighbouring words. */
export function decodeWords(header: string): string {
  return header.replace(gap, '$1').replace(run, (text) => {
    const words = [...text.matchAll(word)].map(([, charset = '', encoding = '', content = '']) => ({
      charset,
      bytes: bytesOf(encoding, content),
    }))
    const [first] = words
    const isOne = words.every(({ charset }) => charset === first?.charset)
    if (first === undefined || !isOne) {
      return words.map(({ bytes, charset }) => decodeText(bytes, charset)).join('')
    }
    return decodeText(Buffer.concat(words.map(({ bytes }) => bytes)), first.charset)
  })
}

function bytesOf(encoding: string, content: string): Buffer {
  if (encoding.toUpperCase() === 'B') return Buffer.from(content, 'base64')
  const decoded = content
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(decoded, 'latin1')
}
