import type { HandlerContext } from '@connectrpc/connect'
import type {
  Refund as ProtoRefund,
  RefundPaymentRequest,
} from '@purser/contracts/payment/v1/payment'
import { hashTexts } from '@purser/idempotency'
import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import type { PaymentContext } from '../context.ts'
import { type Payment, refundableMinor } from '../domain/payment.ts'
import { isPaid } from '../domain/payment-state.ts'
import type { Refund } from '../domain/refund.ts'
import { awaitOutcome } from '../payments/await-outcome.ts'
import { causeOf, recordCallersAct } from '../payments/callers-act.ts'
import { sendRefund } from '../payments/resolve-payment.ts'
import { lockPayment, reserveRefund } from '../store/payment.ts'
import { listTransitions } from '../store/payment-list.ts'
import { findRefund, findRefundByKey, insertRefund } from '../store/refund.ts'
import { fromProtoAmount } from './convert-amount.ts'
import { toProtoRefund } from './convert.ts'
import { idempotencyMismatch } from './idempotency-mismatch.ts'
import { outcomeUnknown } from './outcome-unknown.ts'
import { unknownPayment } from './unknown-payment.ts'

/** What a lease is longer than the question to the provider: time to store the answer. */
const LEASE_MARGIN_MS = 10_000

/**
 * Gives back all or a part, once a key. The amount is reserved under the payment's lock before the
 * provider is asked, so that refunds at the same time never exceed what was paid. Throws
 * `resource.not_found`, `payment.belongs_to_order` but for services, `payment.not_refundable`, `payment.outcome_unknown`,
 * `payment.refund_exceeds_payment`, `request.idempotency_mismatch`, `request.invalid`.
 */
export function refundPayment(ctx: PaymentContext) {
  return async (req: RefundPaymentRequest, call: HandlerContext): Promise<ProtoRefund> => {
    const { tenant } = req
    if (req.amount !== undefined) fromProtoAmount(req.amount)
    const { payment, refund, isNew } = await ctx.db.tx(tenant, (tx) => begin(ctx, tx, req, call))
    const ended = isNew
      ? await sendRefund(ctx, tenant, { payment, refund, cause: causeOf(call) })
      : await outcomeOf(ctx, tenant, refund, call)
    return toProtoRefund(ended)
  }
}

async function begin(
  ctx: PaymentContext,
  tx: Tx,
  req: RefundPaymentRequest,
  call: HandlerContext,
): Promise<{ payment: Payment; refund: Refund; isNew: boolean }> {
  const { tenant, paymentId, idempotencyKey } = req
  const payment = await lockPayment(tx, tenant, paymentId)
  if (payment === undefined) throw unknownPayment()
  await requireOwnMoney(tx, tenant, payment, call)
  const requestHash = hashOf(req)
  const first = await findRefundByKey(tx, tenant, idempotencyKey)
  if (first !== undefined) return sameRequest(payment, first, requestHash)
  const refund = newRefund(ctx, req, payment, requestHash)
  if (!(await insertRefund(tx, tenant, refund))) {
    // The same key was used this moment for another payment, whose lock is not ours.
    const rival = await findRefundByKey(tx, tenant, idempotencyKey)
    assert(rival, 'a refund that kept another from being inserted is there')
    return sameRequest(payment, rival, requestHash)
  }
  await reserveRefund(tx, tenant, paymentId, refund.amount.amountMinor)
  const object = { payment_id: paymentId }
  await recordCallersAct(tx, call, { object, occurredAt: ctx.clock.now() })
  return { payment, refund, isNew: true }
}

/**
 * Passes services, and whoever refunds what no service charged: money of an order goes back by the order, which would
 * not know of it otherwise, nor would its invoice. A payment that names an order and was charged by hand is nobody else's.
 */
async function requireOwnMoney(
  tx: Tx,
  tenant: string,
  { paymentId, orderId }: Payment,
  call: HandlerContext,
): Promise<void> {
  if (orderId === '' || principalOf(call).kind === 'service') return
  const [made] = await listTransitions(tx, tenant, paymentId)
  if (!made?.cause.startsWith('service:')) return
  const route = `POST /api/v1/tenants/${tenant}/orders/${orderId}/refunds`
  throw new PurserError(
    'payment.belongs_to_order',
    `The payment belongs to an order, which gives its money back: ${route}.`,
    { details: { order_id: orderId } },
  )
}

function hashOf({ paymentId, amount, reason }: RefundPaymentRequest): Buffer {
  const money = amount ? [String(amount.amountCents), amount.currency] : ['all', '']
  return hashTexts([paymentId, ...money, reason])
}

function sameRequest(payment: Payment, refund: Refund, requestHash: Buffer) {
  if (!refund.requestHash.equals(requestHash)) throw idempotencyMismatch()
  return { payment, refund, isNew: false }
}

function newRefund(
  ctx: PaymentContext,
  req: RefundPaymentRequest,
  payment: Payment,
  requestHash: Buffer,
): Refund {
  const { tenant, paymentId, idempotencyKey, reason } = req
  if (payment.state === 'unknown' || payment.state === 'processing') throw outcomeUnknown()
  if (!isPaid(payment.state)) throw notRefundable(`it is ${payment.state}`)
  const { currency } = payment.amount
  const left = refundableMinor(payment)
  if (left === 0n) throw notRefundable('nothing is left of it')
  const amount = req.amount ? fromProtoAmount(req.amount) : { amountMinor: left, currency }
  if (amount.currency !== currency) throw notRefundable(`it was paid in ${currency}`)
  if (amount.amountMinor > left) throw exceeds(left)
  const leaseMs = ctx.providerTimeoutMs + LEASE_MARGIN_MS
  const { accountId } = payment
  const createdAt = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
  return {
    refundId: newId('ref'),
    paymentId,
    idempotencyKey,
    requestHash,
    state: 'processing',
    amount,
    reason,
    providerReference: '',
    failureCode: '',
    checkAt: ctx.clock.now().add({ milliseconds: leaseMs }).round('microsecond'),
    checkCount: 0,
    createdAt,
    updatedAt: createdAt,
  }
}

/** The refund once the call that sends it has its outcome, or for as long as it may take. */
async function outcomeOf(
  ctx: PaymentContext,
  tenant: string,
  refund: Refund,
  call: HandlerContext,
): Promise<Refund> {
  const read = async () => {
    const find = (tx: Tx) => findRefund(tx, tenant, refund.refundId)
    const found = await ctx.db.tx(tenant, find, { readOnly: true })
    assert(found, 'refunds are never removed')
    return found
  }
  const isLeased = refund.checkAt && Temporal.Instant.compare(refund.checkAt, ctx.clock.now()) > 0
  const boundMs = isLeased ? ctx.providerTimeoutMs : 0
  return await awaitOutcome(refund, read, { boundMs, signal: call.signal })
}

function notRefundable(why: string): PurserError {
  return new PurserError('payment.not_refundable', `The payment cannot be refunded: ${why}.`)
}

function exceeds(left: bigint): PurserError {
  return new PurserError(
    'payment.refund_exceeds_payment',
    'No more can be given back than was paid and is not given back yet.',
    { details: { refundable_cents: String(left) } },
  )
}
