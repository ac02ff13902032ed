import { assert } from '@purser/kernel'
import { type LeafCodec, leafCodec } from './leaf-codec.ts'

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const MAX_NUMBER_LENGTH = 400

const isEmptyText = (value: unknown) => value === ''

/**
 * Text that Postgres and protobuf can hold: no U+0000 and no unpaired surrogate, both of which only
 * escapes can bring.
 */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

export const stringCodec: LeafCodec = leafCodec({
  expected: 'a string without U+0000 and unpaired surrogates',
  textKind: 'string',
  decode: (kind, text) => (kind === 'string' && isStorable(text) ? text : undefined),
  encode: (value) => value as string,
  isEmpty: isEmptyText,
})

/**
 * Exact decimals, kept as text. A JSON number is taken with its exact digits, which is why it may not
 * have an exponent; strings are left to the field's own check of the format.
 */
export const decimalCodec: LeafCodec = leafCodec({
  expected: 'a decimal number without exponent, such as 12.50 or "12.50"',
  textKind: 'string',
  decode(kind, text) {
    if (kind === 'boolean') return undefined
    if (kind === 'number') return /[eE]/.test(text) ? undefined : text
    return isStorable(text) ? text : undefined
  },
  encode: (value) => value as string,
  isEmpty: isEmptyText,
})

export const booleanCodec: LeafCodec = leafCodec({
  expected: 'true or false',
  textKind: 'boolean',
  decode: (kind, text) =>
    kind === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : undefined,
  encode: (value) => value as boolean,
})

/** Doubles and floats: finite JSON numbers. JSON has no form for others, so answering one is a bug. */
export function floatCodec(single: boolean): LeafCodec {
  return leafCodec({
    expected: 'a finite number',
    textKind: 'number',
    decode(kind, text) {
      if (kind !== 'number' || text.length > MAX_NUMBER_LENGTH || !NUMBER.test(text))
        return undefined
      const value = single ? Math.fround(Number(text)) : Number(text)
      return Number.isFinite(value) ? value : undefined
    },
    encode(value) {
      assert(Number.isFinite(value), 'a number that is not finite has no JSON form')
      return value as number
    },
  })
}

/** Base64 of RFC 4648, standard or URL alphabet, padded or not; answered in the standard form. */
export const bytesCodec: LeafCodec = leafCodec({
  expected: 'base64',
  textKind: 'string',
  decode(kind, text) {
    if (kind !== 'string' || /\s/.test(text)) return undefined
    try {
      return Uint8Array.fromBase64(text, { alphabet: /[-_]/.test(text) ? 'base64url' : 'base64' })
    } catch {
      return undefined
    }
  },
  encode: (value) => (value as Uint8Array).toBase64(),
  isEmpty: (value) => (value as Uint8Array).length === 0,
})
