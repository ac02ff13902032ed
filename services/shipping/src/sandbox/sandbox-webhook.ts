import { PurserError } from '@purser/kernel'
import { deriveWebhookSecret, signWebhook, webhookObstacle } from '@purser/webhooks'
import type { CarrierEvent, WebhookMessage } from '../domain/carrier.ts'

/** Header that signs the sandbox's webhooks. The gateway hands it on. */
export const SANDBOX_SIGNATURE_HEADER = 'sandbox-signature'

/** The sandbox carrier's webhook secret, derived from the platform's. */
export function sandboxCarrierSecret(secret: string): string {
  return deriveWebhookSecret(secret, 'purser sandbox carrier webhooks')
}

/** What the sandbox tells about a label. */
export type SandboxNews = {
  eventId: string
  tenant: string
  key: string
  trackingNumber: string
  /** See `statuses`. */
  status: string
}

/** The body of a webhook. */
export function newsBody({ eventId, tenant, key, trackingNumber, status }: SandboxNews): string {
  const parcel = { key, tracking_number: trackingNumber, status }
  return JSON.stringify({ id: eventId, type: 'parcel.updated', tenant, parcel })
}

/** The headers and body of a webhook as it goes out now. */
export function signedNews(secret: string, body: string, now: Temporal.Instant): WebhookMessage {
  const bytes = Buffer.from(body)
  return { body: bytes, signature: signWebhook(secret, bytes, now) }
}

/** Words of the sandbox, and what they mean here. Others, such as `customs`, mean nothing here. */
const statuses: ReadonlyMap<string, CarrierEvent['state']> = new Map([
  ['label_ready', 'label_ready'],
  ['picked_up', 'shipped'],
  ['in_transit', 'in_transit'],
  ['delivered', 'delivered'],
  ['returned_to_sender', 'returned'],
  ['lost', 'failed'],
] as const)

/** Verifies and reads a webhook. Throws `shipping.webhook_refused`. */
export function readSandboxNews(
  { body, signature }: WebhookMessage,
  { secret, now }: { secret: string; now: Temporal.Instant },
): CarrierEvent {
  const obstacle = webhookObstacle({ secret, signature, body }, now)
  if (obstacle !== undefined) throw refused(obstacle)
  const event = parse(body)
  const parcel = recordOf(event['parcel'])
  const tenantId = textOf(event, 'tenant', 63)
  const key = textOf(parcel, 'key', 128)
  const isNamed = /^[a-z0-9][a-z0-9_-]*$/.test(tenantId) && key !== ''
  const eventId = textOf(event, 'id', 255)
  if (!isNamed || eventId === '') throw malformed()
  const status = textOf(parcel, 'status', 100)
  const trackingNumber = textOf(parcel, 'tracking_number', 100)
  return { eventId, tenantId, key, trackingNumber, status, state: statuses.get(status) }
}

type JsonRecord = Record<string, unknown>

function parse(body: Uint8Array): JsonRecord {
  try {
    return recordOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)))
  } catch {
    throw malformed()
  }
}

function recordOf(value: unknown): JsonRecord {
  if (typeof value !== 'object' || value === null) throw malformed()
  return value as JsonRecord
}

function textOf(record: JsonRecord, name: string, longest: number): string {
  const value = Object.hasOwn(record, name) ? record[name] : undefined
  const isText = typeof value === 'string' && value.length <= longest && !value.includes('\0')
  if (!isText || !value.isWellFormed()) throw malformed()
  return value
}

function malformed(): PurserError {
  return refused('The message is none of this carrier.')
}

function refused(message: string): PurserError {
  return new PurserError('shipping.webhook_refused', message)
}
