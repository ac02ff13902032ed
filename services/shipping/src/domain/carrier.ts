import type { Recipient } from './shipment.ts'
import type { TrackedState } from './shipment-state.ts'

/**
 * The port to whoever carries parcels. A label has a key of ours that stays the same however often it
 * is asked for; a carrier makes one a key. Whatever a method throws, and silence, mean that nobody
 * knows what the carrier did: it is asked again, with the same key.
 */
export type Carrier = {
  /** In lower case; stands in the path of its webhooks. */
  readonly name: string
  /** Services that it knows: a label of any other is refused. */
  readonly services: ReadonlySet<string>
  /** Header of its webhooks that holds the signature. */
  readonly signatureHeader: string
  /** Makes a label, once a key: repeating answers what became of the first. */
  createLabel(request: LabelRequest, signal: AbortSignal): Promise<LabelOutcome>
  /**
   * Ends a label for good, also one that the carrier never heard of: no request with the key can make
   * one afterwards, one that is on its way included. Repeating it is harmless.
   */
  voidLabel(ref: LabelRef, signal: AbortSignal): Promise<void>
  /** Verifies and reads a webhook. Throws `shipping.webhook_refused`. */
  readWebhook(message: WebhookMessage, now: Temporal.Instant): CarrierEvent
}

/** Names a label at its carrier. */
type LabelRef = { tenantId: string; key: string }

export type LabelRequest = LabelRef & {
  /** Service of the carrier. */
  service: string
  recipient: Recipient
  weightGrams: bigint
}

/** What became of a label. */
export type LabelOutcome =
  | { state: 'ready'; trackingNumber: string }
  | { state: 'refused' }
  | { state: 'voided' }

/** A webhook as it came: the body byte for byte, as the carrier signed it. */
export type WebhookMessage = { body: Uint8Array; signature: string }

/** What a webhook tells about a label. */
export type CarrierEvent = {
  /** The same however often it is delivered. */
  eventId: string
  tenantId: string
  key: string
  trackingNumber: string
  /** `label_ready`: the label was made; `undefined` for what shipments have no state for. */
  state: TrackedState | 'label_ready' | undefined
  /** In the carrier's words. */
  status: string
}
