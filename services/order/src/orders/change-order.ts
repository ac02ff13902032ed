import type { HandlerContext } from '@connectrpc/connect'
import { assert, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import type { OrderContext } from '../context.ts'
import type { Order } from '../domain/order.ts'
import { findOrder, lockOrder } from '../store/order.ts'

/** What a change of an order works with: its row is locked. */
export type Change = { tx: Tx; tenant: string; order: Order; cause: string; at: Temporal.Instant }

/** Which order, and who changes it. */
export type Changed = {
  tenant: string
  orderId: string
  /** Person whose own it has to be; undefined for operators. */
  userId: string | undefined
  call: HandlerContext
}

/**
 * Changes an order in one transaction, under its lock, and answers it as it is then. Throws
 * `resource.not_found`, also for an order of somebody else.
 */
export async function changeOrder(
  ctx: OrderContext,
  { tenant, orderId, userId, call }: Changed,
  work: (change: Change) => Promise<void>,
): Promise<Order> {
  const at = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  return await ctx.db.tx(tenant, async (tx) => {
    const order = await lockOrder(tx, tenant, orderId)
    if (order === undefined || !isOwn(order, userId)) throw unknownOrder()
    await work({ tx, tenant, order, cause: causeOf(call), at })
    const changed = await findOrder(tx, tenant, orderId)
    assert(changed, 'an order that is locked is there')
    return changed
  })
}

/** Whether an order is a person's own; undefined asks for nobody's. */
export function isOwn(order: Order, userId: string | undefined): boolean {
  return userId === undefined || order.userId === userId
}

/** What an order that is not there, or somebody else's, answers. */
export function unknownOrder(): PurserError {
  return new PurserError('resource.not_found', 'There is no such order.')
}

/**
 * Adds the job that brings money and goods of an order back, in the transaction that says so. Without
 * a key: one that is picked up at this moment has not read what this transaction writes.
 */
export async function settleLater(
  { addJob }: OrderContext,
  tx: Tx,
  tenant: string,
  orderId: string,
): Promise<void> {
  await addJob(tx, 'settle', { tenant, orderId })
}

/** Who makes a call, as the history of an order names it. */
function causeOf(call: HandlerContext): string {
  const { kind, id } = principalOf(call)
  return `${kind}:${id}`
}
