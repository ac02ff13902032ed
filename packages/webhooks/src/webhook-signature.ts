import { createHmac, timingSafeEqual } from 'node:crypto'

/** How old a signed message may be, or how far ahead its clock. As Stripe's libraries have it. */
const TOLERANCE_SECONDS = 300

const LONGEST_HEADER = 1_000

/** A webhook as it came in. */
export type SignedMessage = {
  /** What sender and receiver share. */
  secret: string
  /** The header; empty when there was none. */
  signature: string
  /** Bytes as they were received: read as JSON and written again, they are others. */
  body: Uint8Array
}

/**
 * The header that signs a message, in Stripe's scheme: `t=<seconds>,v1=<hex>`, where `v1` is
 * HMAC-SHA-256 of `<seconds>.<body>`.
 */
export function signWebhook(secret: string, body: Uint8Array, at: Temporal.Instant): string {
  const seconds = Math.floor(at.epochMilliseconds / 1_000)
  return `t=${seconds},v1=${digest(secret, String(seconds), body).toString('hex')}`
}

/**
 * Why a message is not to be believed, as a sentence for its sender; undefined when the header signs
 * this body, byte for byte, within 5 minutes of `now`. Several `v1` may stand in it, while a secret is
 * exchanged; unknown schemes are passed over. Takes as long for a wrong digest as for a right one.
 */
export function webhookObstacle(
  { secret, signature, body }: SignedMessage,
  now: Temporal.Instant,
): string | undefined {
  const { seconds, digests } = parse(signature)
  const expected = seconds === undefined ? undefined : digest(secret, seconds, body)
  const matches =
    expected && digests.some((given) => given.length === 32 && timingSafeEqual(given, expected))
  if (!matches) return 'The signature is missing or does not match.'
  const ageSeconds = now.epochMilliseconds / 1_000 - Number(seconds)
  return Math.abs(ageSeconds) > TOLERANCE_SECONDS ? 'The signature is too old.' : undefined
}

function digest(secret: string, seconds: string, body: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.`).update(body).digest()
}

function parse(header: string): { seconds: string | undefined; digests: Buffer[] } {
  const parts = header.slice(0, LONGEST_HEADER).split(',')
  const values = (name: string) =>
    parts.flatMap((part) => (part.startsWith(`${name}=`) ? [part.slice(name.length + 1)] : []))
  const [seconds, ...more] = values('t')
  const isTime = seconds !== undefined && more.length === 0 && /^[0-9]{1,12}$/.test(seconds)
  const digests = values('v1').map((hex) => Buffer.from(hex, 'hex'))
  return { seconds: isTime ? seconds : undefined, digests }
}
