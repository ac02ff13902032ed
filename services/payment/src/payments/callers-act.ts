import type { HandlerContext } from '@connectrpc/connect'
import { type Act, recordAct } from '@purser/idempotency'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'

/** Who makes a call, as the history of a payment names it. */
export function causeOf(call: HandlerContext): string {
  const { kind, id } = principalOf(call)
  return `${kind}:${id}`
}

/**
 * Records what a person or a program of the tenant does. What a service of the platform does is part
 * of an act that it records itself, such as a checkout, and stands in the payment's history.
 */
export async function recordCallersAct(
  tx: Tx,
  call: HandlerContext,
  act: Pick<Act, 'object' | 'occurredAt'>,
): Promise<void> {
  if (principalOf(call).kind === 'service') return
  await recordAct(tx, call, act)
}
