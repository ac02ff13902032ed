import { createRecurringJob, type RecurringJob } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { CartContext } from '../context.ts'
import { publishCartsAbandoned } from '../events.ts'
import {
  type CartName,
  deleteOldCarts,
  expireCarts,
  listDueCarts,
  listOldCarts,
} from '../store/expiry.ts'
import type { AddCartJob } from './tasks.ts'

const PAUSE_MS = 60_000

/** Carts that one transaction ends or removes. */
const AT_ONCE = 100

/** How long a cart that ended is kept: an order may have to be undone. */
const KEPT_HOURS = 30 * 24

/** Ends carts that nobody touches, and removes those that ended, in bounded transactions. Repeatable. */
export function expireCartsJob(
  ctx: Pick<CartContext, 'db' | 'clock'>,
  addJob: AddCartJob,
): RecurringJob {
  const { db: database, clock } = ctx
  const options = { task: 'expire-carts' as const, database, clock, addJob, pauseMs: PAUSE_MS }
  return createRecurringJob(options, async (now, { signal }) => {
    await expireDueCarts(ctx, now, signal)
    await removeOldCarts(ctx, now, signal)
  })
}

/** Expires open carts whose time was over at `now`, and tells of each once. */
export async function expireDueCarts(
  ctx: Pick<CartContext, 'db'>,
  now: Temporal.Instant,
  signal?: AbortSignal,
): Promise<void> {
  const list = (tx: Tx) => listDueCarts(tx, now, AT_ONCE)
  await inBatches(ctx, { list, signal }, async (tx, tenantId, cartIds) => {
    const expired = await expireCarts(tx, tenantId, cartIds, now)
    await publishCartsAbandoned(tx, tenantId, expired, now)
  })
}

/** Removes carts that ended long before `now`. */
export async function removeOldCarts(
  ctx: Pick<CartContext, 'db'>,
  now: Temporal.Instant,
  signal?: AbortSignal,
): Promise<void> {
  const before = now.subtract({ hours: KEPT_HOURS })
  const list = (tx: Tx) => listOldCarts(tx, before, AT_ONCE)
  await inBatches(ctx, { list, signal }, async (tx, tenantId, cartIds) => {
    await deleteOldCarts(tx, tenantId, cartIds, before)
  })
}

/** One transaction a tenant and batch. Ends when a batch has nothing new: what is locked waits for the next run. */
async function inBatches(
  ctx: Pick<CartContext, 'db'>,
  { list, signal }: { list: (tx: Tx) => Promise<CartName[]>; signal: AbortSignal | undefined },
  work: (tx: Tx, tenantId: string, cartIds: string[]) => Promise<void>,
): Promise<void> {
  const seen = new Set<string>()
  for (;;) {
    signal?.throwIfAborted()
    const found = await ctx.db.system(list, { readOnly: true })
    const fresh = found.filter(({ tenantId, cartId }) => !seen.has(`${tenantId} ${cartId}`))
    for (const [tenantId, ofTenant] of Map.groupBy(fresh, ({ tenantId }) => tenantId)) {
      const cartIds = ofTenant.map(({ cartId }) => cartId)
      await ctx.db.tx(tenantId, (tx) => work(tx, tenantId, cartIds))
    }
    for (const { tenantId, cartId } of fresh) seen.add(`${tenantId} ${cartId}`)
    if (fresh.length === 0 || found.length < AT_ONCE) return
  }
}
