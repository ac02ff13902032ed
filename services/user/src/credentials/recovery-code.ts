import { createHash } from 'node:crypto'
import { assert } from '@purser/kernel'

/** Codes that a person is given at once. */
export const RECOVERY_CODES = 10
/** Random bytes of one code: 80 bits are not guessed, by whom the hash is known neither. */
export const RECOVERY_CODE_BYTES = 10

/** Crockford's base 32: no letter that looks like a digit. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** `xxxx-xxxx-xxxx-xxxx`, made of 10 random bytes. */
export function recoveryCode(random: Uint8Array): string {
  assert(random.length === RECOVERY_CODE_BYTES, 'a recovery code is made of 10 random bytes')
  const number = BigInt(`0x${Buffer.from(random).toString('hex')}`)
  const digits = Array.from({ length: 16 }, (_, i) => {
    const digit = (number >> BigInt(75 - 5 * i)) & 31n
    return alphabet[Number(digit)]
  })
  return digits.join('').replace(/(.{4})(?=.)/g, '$1-')
}

/**
 * SHA-256 of a code as it was given, in whatever spelling it is typed: upper case, without hyphens,
 * with `o` for 0 and `i` or `l` for 1.
 */
export function hashRecoveryCode(typed: string): Buffer {
  const plain = typed.toLowerCase().replaceAll(/[\s-]/g, '')
  const read = plain.replaceAll('o', '0').replaceAll(/[il]/g, '1')
  return createHash('sha256').update(read).digest()
}
