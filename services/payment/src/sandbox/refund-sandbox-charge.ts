import { assert, type Clock, newId } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { RefundOutcome, RefundRequest } from '../domain/provider.ts'
import {
  addRefunded,
  findSandboxRefund,
  insertSandboxRefund,
  lockRefundedCharge,
  type SandboxRefund,
} from './sandbox-refund.ts'
import { behaviorOf } from './sandbox-token.ts'

/**
 * Gives money of a charge back, once a key, and never more than was taken. Undefined when the token of
 * the charge wants no answer to be given. `lost` remembers the requests that got lost on their way:
 * the first of each key, where the token wants so.
 */
export async function refundSandboxCharge(
  { database, clock, lost }: { database: Database; clock: Clock; lost: Set<string> },
  { tenantId, key, chargeKey, amount }: RefundRequest,
): Promise<RefundOutcome | undefined> {
  return await database.tx(tenantId, async (tx) => {
    const charge = await lockRefundedCharge(tx, tenantId, chargeKey)
    assert(charge?.isPaid, 'a refund of a charge that took no money')
    const { refundSilence, refundFailure = '' } = behaviorOf(charge.token) ?? {}
    const earlier = await findSandboxRefund(tx, tenantId, key)
    if (earlier !== undefined) return refundOutcome(earlier)
    if (refundSilence === 'before' && !lost.has(key)) {
      lost.add(key)
      return undefined
    }
    const { amountMinor } = amount
    const isTooMuch = amountMinor > charge.refundableMinor || amount.currency !== charge.currency
    const failureCode = isTooMuch ? 'amount_too_large' : refundFailure
    const status = failureCode === '' ? 'succeeded' : 'failed'
    const refund: SandboxRefund = {
      key,
      refundId: newId('srf'),
      chargeKey,
      amountMinor,
      status,
      failureCode,
    }
    await insertSandboxRefund(tx, tenantId, refund, clock.now().round('microsecond'))
    if (status === 'succeeded') await addRefunded(tx, tenantId, chargeKey, amountMinor)
    return refundSilence === 'after' ? undefined : refundOutcome(refund)
  })
}

/** How a refund of the sandbox ended, as the port says it. */
export function refundOutcome({ refundId, status, failureCode }: SandboxRefund): RefundOutcome {
  return status === 'succeeded'
    ? { state: 'succeeded', reference: refundId }
    : { state: 'failed', reference: refundId, failureCode }
}
