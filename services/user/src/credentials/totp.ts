import { timingSafeEqual } from 'node:crypto'
import { assert } from '@purser/kernel'
import { HOTP, Secret, TOTP } from 'otpauth'

// What authenticator apps understand without being told: RFC 6238 with its defaults.
const parameters = { algorithm: 'SHA1', digits: 6 } as const
const stepSeconds = 30
/** RFC 4226, section 4, R6 recommends 160 bits. */
const secretBytes = 20
/** A code of the step before, and of the one after, is accepted: clocks differ, people type slowly. */
const steps = [-1n, 0n, 1n] as const

/** A new secret in base 32, made of 20 random bytes. */
export function totpSecret(random: Uint8Array<ArrayBuffer>): string {
  assert(random.length === secretBytes, 'a secret is made of 20 random bytes')
  return new Secret({ buffer: random.buffer }).base32
}

/** What a QR code tells an authenticator app: `otpauth://totp/<issuer>:<label>?secret=...`. */
export function totpUri(secret: string, { issuer, label }: { issuer: string; label: string }) {
  return new TOTP({ ...parameters, period: stepSeconds, secret, issuer, label }).toString()
}

/** The code of a step, 6 digits. Source: RFC 6238, section 4; RFC 4226, section 5.3. */
export function totpCode(secret: string, step: bigint): string {
  const counter = Number(step)
  return HOTP.generate({ ...parameters, secret: Secret.fromBase32(secret), counter })
}

/** Number of the step of 30 seconds in which an instant is, counted from 1970. */
export function totpStep(now: Temporal.Instant): bigint {
  return BigInt(Math.floor(now.epochMilliseconds / (stepSeconds * 1000)))
}

/**
 * The step whose code was typed: the present one, the one before or the one after, and later than
 * `lastStep`; undefined for none. Takes as long for any six digits.
 */
export function matchTotpStep(
  secret: string,
  { code, lastStep, now }: { code: string; lastStep: bigint; now: Temporal.Instant },
): bigint | undefined {
  const typed = Buffer.from(code)
  const present = totpStep(now)
  let matched: bigint | undefined
  for (const offset of steps) {
    const step = present + offset
    const expected = Buffer.from(totpCode(secret, step))
    const isEqual = typed.length === expected.length && timingSafeEqual(typed, expected)
    if (isEqual && step > lastStep) matched ??= step
  }
  return matched
}
