import type { Checkout, CheckoutFacts, CheckoutState } from '../domain/checkout.ts'
import type { CheckoutStep } from '../domain/checkout-step.ts'

/** Columns of a checkout, in the order of its row. */
export const CHECKOUT_COLUMNS = `
  checkout_id, state, step, step_number, version, cart_id, cart_version, request_hash, key_hash,
  owner_hash, user_id, account_id, order_id, payment_id, request, facts, failure, is_leased, due_at,
  attempt_count, created_at, updated_at`

/** A row of `CHECKOUT_COLUMNS`. */
export type CheckoutRow = {
  checkout_id: string
  state: CheckoutState
  step: CheckoutStep | null
  step_number: number
  version: number
  cart_id: string
  cart_version: bigint
  request_hash: Buffer
  key_hash: Buffer | null
  owner_hash: Buffer
  user_id: string
  account_id: string
  order_id: string
  payment_id: string
  request: object
  facts: object
  failure: Checkout['failure'] | null
  is_leased: boolean
  due_at: Temporal.Instant | null
  attempt_count: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

/** The checkout of a row. */
export function fromRowCheckout(row: CheckoutRow): Checkout {
  const hasRequest = Object.keys(row.request).length > 0
  return {
    checkoutId: row.checkout_id,
    state: row.state,
    step: row.step ?? undefined,
    stepNumber: row.step_number,
    version: row.version,
    cartId: row.cart_id,
    cartVersion: row.cart_version,
    requestHash: row.request_hash,
    keyHash: row.key_hash ?? undefined,
    ownerHash: row.owner_hash,
    userId: row.user_id,
    accountId: row.account_id,
    orderId: row.order_id,
    paymentId: row.payment_id,
    // Written by `toJson` alone, and so are the facts.
    request: hasRequest ? (fromJson(row.request) as NonNullable<Checkout['request']>) : undefined,
    facts: fromJson(row.facts) as CheckoutFacts,
    failure: row.failure ?? undefined,
    isLeased: row.is_leased,
    dueAt: row.due_at ?? undefined,
    attemptCount: row.attempt_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** JSON in which amounts of money are texts: a number would lose digits. */
export function toJson(value: object): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'bigint' ? part.toString() : part,
  )
}

/** What `toJson` wrote: members that end in `Minor` are amounts. */
function fromJson(value: object): unknown {
  if (Array.isArray(value)) return value.map(fromPart)
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name.endsWith('Minor') && typeof part === 'string' ? BigInt(part) : fromPart(part),
    ]),
  )
}

function fromPart(part: unknown): unknown {
  return typeof part === 'object' && part !== null ? fromJson(part) : part
}
