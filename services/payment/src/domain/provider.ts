import type { Money } from '@purser/kernel'
import type { Card } from './card.ts'

/**
 * The port to whoever moves money. Every act carries a key of ours that stays the same however often
 * it is repeated (`chargeKey`, the refund's id); a provider acts once a key. Whatever a method throws,
 * and silence, mean that nobody knows what the provider did: it is asked again, by `find…`.
 *
 * How others fit:
 *
 * |               | Stripe                                       | Adyen                                    |
 * | ------------- | -------------------------------------------- | ---------------------------------------- |
 * | key           | `Idempotency-Key` and `metadata.charge_key`  | `Idempotency-Key`, `merchantReference`   |
 * | charge        | PaymentIntent, `confirm=true`                | `/payments`, capture at once             |
 * | findCharge    | PaymentIntent by its id or a search          | by merchant reference                    |
 * | abandonCharge | PaymentIntent `/cancel`                      | `/cancels` with the merchant reference   |
 * | refund        | `/refunds`                                   | `/payments/{psp}/refunds`                |
 * | webhooks      | `Stripe-Signature`                           | HMAC inside the notification             |
 * | ledger        | balance transactions                         | settlement details report                |
 *
 * A provider that cannot end a charge that it never saw by our key makes it in two steps: an intent
 * that holds no money first, then its confirmation, so that there is something to cancel.
 */
export type PaymentProvider = {
  /** In lower case; stands in the path of its webhooks. */
  readonly name: string
  /** Header of its webhooks that holds the signature. */
  readonly signatureHeader: string
  /** The card behind a token. Throws `payment.unknown_method` for a token that it never gave. */
  describe(tenantId: string, token: string, signal: AbortSignal): Promise<Card>
  /** Authorizes and captures, once a key: repeating answers what became of the first. */
  charge(request: ChargeRequest, signal: AbortSignal): Promise<ChargeOutcome>
  /** What became of a charge; undefined when the provider never heard of it. */
  findCharge(ref: ChargeRef, signal: AbortSignal): Promise<ChargeOutcome | undefined>
  /**
   * Ends a charge for good, also one that the provider never heard of: no request with the key can
   * take money afterwards, one that is on its way included. Answers what became of it, when it was
   * too late.
   */
  abandonCharge(request: Omit<ChargeRequest, 'token'>, signal: AbortSignal): Promise<ChargeOutcome>
  /** Gives money back, once a key: repeating answers what became of the first. */
  refund(request: RefundRequest, signal: AbortSignal): Promise<RefundOutcome>
  /** What became of a refund; undefined when the provider never heard of it. */
  findRefund(ref: ChargeRef, signal: AbortSignal): Promise<RefundOutcome | undefined>
  /** A page of its ledger by key, after `afterKey`, of what was charged in a span of time. */
  listCharges(question: LedgerQuestion, signal: AbortSignal): Promise<LedgerEntry[]>
  /** Entries of its ledger by key. Those that it never heard of are left out. */
  findCharges(
    tenantId: string,
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<LedgerEntry[]>
  /** Verifies and reads a webhook. Throws `payment.webhook_refused`. */
  readWebhook(message: WebhookMessage, now: Temporal.Instant): ProviderEvent
}

/** Names a charge or a refund at the provider. */
export type ChargeRef = { tenantId: string; key: string }

export type ChargeRequest = ChargeRef & {
  amount: Money
  token: string
  /** Where the shopper returns to after an action; empty for nowhere. */
  returnUrl: string
}

/** What became of a charge. `processing`: the provider works on it; `abandoned`: it never happens. */
export type ChargeOutcome =
  | { state: 'succeeded' | 'processing'; reference: string; card?: Card }
  | { state: 'declined'; reference: string; card?: Card; declineCode: string }
  | { state: 'requires_action'; reference: string; card?: Card; actionUrl: string }
  | { state: 'abandoned' }

export type RefundRequest = ChargeRef & { chargeKey: string; amount: Money }

/** What became of a refund. */
export type RefundOutcome =
  | { state: 'succeeded' | 'processing'; reference: string }
  | { state: 'failed'; reference: string; failureCode: string }

export type LedgerQuestion = {
  tenantId: string
  /** Empty from the start. */
  afterKey: string
  limit: number
  from: Temporal.Instant | undefined
  before: Temporal.Instant | undefined
}

/** A charge as the provider's books have it. */
export type LedgerEntry = {
  key: string
  amount: Money
  /** Whether money was taken. */
  isPaid: boolean
  /** In the provider's words. */
  status: string
  refundedMinor: bigint
}

/** A webhook as it came: the body byte for byte, as the provider signed it. */
export type WebhookMessage = { body: Uint8Array; signature: string }

/** What a webhook tells. */
export type ProviderEvent = {
  /** The same however often it is delivered. */
  eventId: string
  type: string
  tenantId: string
} & (
  | { subject: 'charge'; key: string; amount: Money; outcome: ChargeOutcome }
  | { subject: 'refund'; key: string; outcome: RefundOutcome }
  | { subject: 'other' }
)

/** Key of a charge at its provider. */
export function chargeKey({ paymentId, attempt }: { paymentId: string; attempt: number }): string {
  return `${paymentId}/${attempt}`
}

/** The payment and attempt that a key names; undefined for a key that is none of ours. */
export function parseChargeKey(key: string): { paymentId: string; attempt: number } | undefined {
  const match = /^(pay_[0-9a-z]{26})\/([1-9][0-9]{0,3})$/.exec(key)
  return match?.[1] === undefined ? undefined : { paymentId: match[1], attempt: Number(match[2]) }
}
