import { randomFillSync } from 'node:crypto'
import { assert } from './assert.ts'

/** What kind of thing an id names: `inv`, `sub`, `run`; 2 to 8 lower-case letters. */
export type IdPrefix = Lowercase<string>

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const prefixPattern = /^[a-z]{2,8}$/
const poolBytes = 4_096

const source = { pool: new Uint8Array(poolBytes), used: poolBytes, lastMs: 0, sequence: 0 }

/**
 * A new id: the prefix, `_`, and a UUIDv7 (RFC 9562) as 26 digits of Crockford's base 32 in lower case.
 * Ids of one process sort as text in the order of their making; ids of several processes by millisecond.
 * 62 random bits and a 12-bit counter keep them apart.
 */
export function newId(prefix: IdPrefix): string {
  assert(prefixPattern.test(prefix), 'an id prefix is 2 to 8 lower-case letters')
  return `${prefix}_${base32(uuidV7())}`
}

/** The 16 bytes of a UUIDv7; the counter of RFC 9562 section 6.2 method 1 fills `rand_a`. */
function uuidV7(): Uint8Array {
  const { ms, sequence } = nextTick()
  const bytes = randomBytes16()
  for (let i = 5, rest = ms; i >= 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes[6] = 0x70 | (sequence >> 8)
  bytes[7] = sequence & 0xff
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return bytes
}

/** Strictly increasing even when the clock stands still or steps back: a full counter borrows a millisecond. */
function nextTick(): { ms: number; sequence: number } {
  const now = Date.now()
  if (now > source.lastMs) {
    source.lastMs = now
    source.sequence = 0
  } else if (++source.sequence > 0xfff) {
    source.lastMs++
    source.sequence = 0
  }
  return { ms: source.lastMs, sequence: source.sequence }
}

/** One system call fills the pool for 256 ids. */
function randomBytes16(): Uint8Array {
  if (source.used + 16 > poolBytes) {
    randomFillSync(source.pool)
    source.used = 0
  }
  source.used += 16
  return source.pool.slice(source.used - 16, source.used)
}

/** 128 bits as 26 digits of five bits, the first two bits zero, so that text sorts as the number does. */
function base32(bytes: Uint8Array): string {
  let text = ''
  let buffer = 0
  let bits = 2
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(buffer >> bits) & 31]
    }
  }
  return text
}
