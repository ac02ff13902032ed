import { PurserError } from '@purser/kernel'
import { deriveWebhookSecret, signWebhook, webhookObstacle } from '@purser/webhooks'
import type { ProviderEvent, WebhookMessage } from '../domain/provider.ts'
import type { SandboxCharge } from './sandbox-ledger.ts'
import { outcomeOf } from './sandbox-outcome.ts'

/** Header that signs the sandbox's webhooks. The gateway hands it on. */
export const SANDBOX_SIGNATURE_HEADER = 'sandbox-signature'

/** The sandbox's webhook secret, derived from the platform's. */
export function sandboxWebhookSecret(secret: string): string {
  return deriveWebhookSecret(secret, 'purser sandbox webhooks')
}

/** The body of a webhook that tells how a charge stands, under an event id. */
export function chargeEventBody(tenant: string, charge: SandboxCharge, eventId: string): string {
  const { key, amountMinor, currency, status, chargeId, declineCode, token, challenge } = charge
  return JSON.stringify({
    id: eventId,
    type: `charge.${status}`,
    tenant,
    charge: {
      key,
      id: chargeId,
      token,
      status,
      amount_minor: amountMinor.toString(),
      currency,
      decline_code: declineCode,
      challenge,
    },
  })
}

/** The headers and body of a webhook as it goes out now. */
export function signedWebhook(secret: string, body: string, now: Temporal.Instant): WebhookMessage {
  const bytes = Buffer.from(body)
  return { body: bytes, signature: signWebhook(secret, bytes, now) }
}

/** Verifies and reads a webhook. Throws `payment.webhook_refused`. */
export function readSandboxWebhook(
  { body, signature }: WebhookMessage,
  { secret, webUrl, now }: { secret: string; webUrl: string; now: Temporal.Instant },
): ProviderEvent {
  const obstacle = webhookObstacle({ secret, signature, body }, now)
  if (obstacle !== undefined) throw refused(obstacle)
  const event = parse(body)
  const { id, type, tenant, charge } = event
  const isNamed = isText(id, 255) && isText(type, 100) && isText(tenant, 63)
  if (!isNamed || !/^[a-z0-9][a-z0-9_-]*$/.test(tenant)) throw malformed()
  const about = { eventId: id, type, tenantId: tenant }
  if (!type.startsWith('charge.')) return { ...about, subject: 'other' }
  const read = readCharge(charge)
  return {
    ...about,
    subject: 'charge',
    key: read.key,
    amount: { amountMinor: read.amountMinor, currency: read.currency },
    outcome: outcomeOf(tenant, read, webUrl),
  }
}

const statuses: readonly SandboxCharge['status'][] = [
  'succeeded',
  'declined',
  'requires_action',
  'abandoned',
]

function readCharge(value: unknown): SandboxCharge {
  const charge = (typeof value === 'object' && value !== null ? value : {}) as JsonRecord
  const text = (name: string, longest = 255) => {
    const found = charge[name]
    if (!isText(found, longest)) throw malformed()
    return found
  }
  const status = statuses.find((known) => known === charge['status'])
  const amount = text('amount_minor', 19)
  if (status === undefined || !/^[1-9][0-9]*$/.test(amount)) throw malformed()
  return {
    key: text('key'),
    chargeId: text('id'),
    token: text('token'),
    amountMinor: BigInt(amount),
    currency: text('currency', 3),
    status,
    declineCode: text('decline_code') || (status === 'declined' ? 'card_declined' : ''),
    challenge: text('challenge'),
    returnUrl: '',
    refundedMinor: 0n,
  }
}

type JsonRecord = Record<string, unknown>

function parse(body: Uint8Array): JsonRecord {
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw malformed()
  }
  if (typeof parsed !== 'object' || parsed === null) throw malformed()
  return parsed as JsonRecord
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest && !value.includes('\0')
}

function malformed(): PurserError {
  return refused('The message is none of this provider.')
}

function refused(message: string): PurserError {
  return new PurserError('payment.webhook_refused', message)
}
