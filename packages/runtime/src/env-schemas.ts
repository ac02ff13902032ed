import { z } from 'zod'

/** A whole number written in plain decimal digits, `minimum` to `maximum` inclusive. */
export function envInteger(minimum: number, maximum: number) {
  const expected = `expected a whole number from ${minimum} to ${maximum}`
  return z
    .string()
    .regex(/^-?\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, expected)
}

/** A decimal number without exponent, `minimum` to `maximum` inclusive. Never for money. */
export function envNumber(minimum: number, maximum: number) {
  const expected = `expected a number from ${minimum} to ${maximum}`
  return z
    .string()
    .regex(/^-?\d{1,15}(\.\d{1,15})?$/, expected)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, expected)
}

/** `true`, `false`, `1` or `0`. */
export function envFlag() {
  return z
    .enum(['true', 'false', '1', '0'], 'expected true or false')
    .transform((text) => text === 'true' || text === '1')
}

/** A TCP port; 0 asks the system for a free one. */
export function envPort() {
  return envInteger(0, 65535)
}

/** An absolute URL whose scheme is one of `schemes`, e.g. `['http', 'https']`. */
export function envUrl(schemes: readonly string[]) {
  const expected = `expected a URL starting with ${schemes.map((s) => `${s}://`).join(' or ')}`
  return z.string().refine((text) => {
    const url = URL.parse(text)
    return url !== null && schemes.includes(url.protocol.slice(0, -1))
  }, expected)
}

/** Values separated by commas, trimmed, empty ones dropped. */
export function envList() {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
}
