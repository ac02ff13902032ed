import type { HandlerContext } from '@connectrpc/connect'
import type {
  CreatePaymentRequest,
  Payment as ProtoPayment,
} from '@purser/contracts/payment/v1/payment'
import { hashTexts } from '@purser/idempotency'
import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { PaymentContext } from '../context.ts'
import type { Payment } from '../domain/payment.ts'
import { chargeKey } from '../domain/provider.ts'
import { askProvider } from '../payments/ask-provider.ts'
import { awaitOutcome } from '../payments/await-outcome.ts'
import { causeOf, recordCallersAct } from '../payments/callers-act.ts'
import { settleCharge } from '../payments/settle-charge.ts'
import { findPayment, findPaymentByKey, insertPayment } from '../store/payment.ts'
import { findPaymentMethod } from '../store/payment-method.ts'
import { fromProtoAmount } from './convert-amount.ts'
import { toProtoPayment } from './convert.ts'
import { idempotencyMismatch } from './idempotency-mismatch.ts'

/** What a lease is longer than the question to the provider: time to store the answer. */
const LEASE_MARGIN_MS = 10_000

/**
 * Charges once. The intent is committed before the provider is asked; its outcome, or that there is
 * none, afterwards, by a guarded update. A repeated key waits for the outcome of the first call and
 * asks nobody. Throws `request.invalid`, `request.idempotency_mismatch`, `payment.unknown_method`,
 * `payment.already_exists` for an identifier that another key has taken.
 */
export function createPayment(ctx: PaymentContext) {
  return async (req: CreatePaymentRequest, call: HandlerContext): Promise<ProtoPayment> => {
    const { tenant } = req
    const wanted = newPayment(ctx, req)
    const begun = await ctx.db.tx(tenant, (tx) => begin(ctx, tx, { req, wanted, call }))
    const { payment, token } = begun
    if (token === undefined) return toProtoPayment(await outcomeOf(ctx, tenant, payment, call))
    const asked = await askProvider(ctx, payment.provider, (provider, signal) =>
      provider.charge(
        {
          tenantId: tenant,
          key: chargeKey(payment),
          amount: payment.amount,
          token,
          returnUrl: req.returnUrl,
        },
        signal,
      ),
    )
    const answer = asked.silent ? ({ state: 'silent' } as const) : asked.value
    const settled = await settleCharge(ctx, tenant, payment, { answer, cause: causeOf(call) })
    return toProtoPayment(settled.payment)
  }
}

function newPayment(ctx: PaymentContext, req: CreatePaymentRequest): Payment {
  const { tenant, orderId, sagaId, accountId, method, returnUrl } = req
  const amount = fromProtoAmount(req.amount)
  const leaseMs = ctx.providerTimeoutMs + LEASE_MARGIN_MS
  const createdAt = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
  const content = [req.paymentId, String(amount.amountMinor), amount.currency, orderId, sagaId]
  const pays = [accountId, method.case ?? '', method.value ?? '', returnUrl]
  return {
    paymentId: req.paymentId || newId('pay'),
    idempotencyKey: req.idempotencyKey,
    requestHash: hashTexts([...content, ...pays]),
    state: 'processing',
    version: 2,
    attempt: 1,
    amount,
    refundedMinor: 0n,
    refundingMinor: 0n,
    orderId,
    sagaId,
    accountId,
    provider: ctx.defaultProvider,
    card: undefined,
    providerReference: '',
    declineCode: '',
    actionUrl: '',
    checkAt: ctx.clock.now().add({ milliseconds: leaseMs }).round('microsecond'),
    checkCount: 0,
    createdAt,
    updatedAt: createdAt,
  }
}

type Wanted = { req: CreatePaymentRequest; wanted: Payment; call: HandlerContext }

/** The payment of the key, and the token to charge when it is new. */
async function begin(
  ctx: PaymentContext,
  tx: Tx,
  { req, wanted, call }: Wanted,
): Promise<{ payment: Payment; token: string | undefined }> {
  const { tenant, idempotencyKey, paymentId } = req
  const pays = await payingWith(ctx, tx, req)
  const made = await insertPayment(tx, tenant, { ...wanted, ...pays }, causeOf(call))
  if (made !== undefined) {
    const object = { payment_id: made.paymentId }
    await recordCallersAct(tx, call, { object, occurredAt: ctx.clock.now() })
    return { payment: made, token: pays.token }
  }
  const first = await findPaymentByKey(tx, tenant, idempotencyKey)
  if (first?.requestHash.equals(wanted.requestHash)) return { payment: first, token: undefined }
  if (first !== undefined) throw idempotencyMismatch()
  throw new PurserError('payment.already_exists', `There is a payment ${paymentId} already.`)
}

/** The provider that is asked, and the token that it is given. */
async function payingWith(
  ctx: PaymentContext,
  tx: Tx,
  { tenant, accountId, method }: CreatePaymentRequest,
): Promise<{ provider: string; token: string }> {
  if (method.case === 'paymentMethodToken') {
    return { provider: ctx.defaultProvider, token: method.value }
  }
  const found = method.value && (await findPaymentMethod(tx, tenant, accountId, method.value))
  if (found) return { provider: found.provider, token: found.providerToken }
  const field = method.value ? 'payment_method_id' : 'payment_method_token'
  const message = method.value ? 'is no card of the account' : 'is required'
  throw new PurserError('payment.unknown_method', `${field} ${message}`, {
    fields: [{ field, message }],
  })
}

/** The payment once the call that charges has its outcome, or its lease is over. */
async function outcomeOf(
  ctx: PaymentContext,
  tenant: string,
  payment: Payment,
  call: HandlerContext,
): Promise<Payment> {
  const read = async () => {
    const find = (tx: Tx) => findPayment(tx, tenant, payment.paymentId)
    const found = await ctx.db.tx(tenant, find, { readOnly: true })
    assert(found, 'payments are never removed')
    return found
  }
  const isLeased = payment.checkAt && Temporal.Instant.compare(payment.checkAt, ctx.clock.now()) > 0
  const boundMs = isLeased ? ctx.providerTimeoutMs : 0
  return await awaitOutcome(payment, read, { boundMs, signal: call.signal })
}
