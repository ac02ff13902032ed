import { isUniqueViolation } from '@purser/postgres'
import type { MeteringContext } from '../context.ts'
import { EventGate } from '../domain/event-gate.ts'
import { IngestSession, type StoreBatch } from '../ingest/ingest-session.ts'
import { insertEvents, insertNewEvents } from '../store/usage-event.ts'

/** Opens an ingest call of a tenant: its meters decide, the clock's present is the time of arrival. */
export async function openSession(ctx: MeteringContext, tenant: string): Promise<IngestSession> {
  const meters = await ctx.meters.list(tenant)
  const arrivalMicros = ctx.clock.now({ tenantId: tenant }).epochMilliseconds * 1_000
  return new IngestSession({
    gate: new EventGate(meters, arrivalMicros),
    arrivalMicros,
    store: storeWith(ctx, tenant),
  })
}

/** Bets on new events until the first duplicate of the call shows; the lost bet stored nothing. */
function storeWith(ctx: MeteringContext, tenant: string): StoreBatch {
  let expectsDuplicates = false
  return (batch) =>
    ctx.limiter.do(async () => {
      if (!expectsDuplicates) {
        try {
          return await ctx.db.tx(tenant, (tx) => insertNewEvents(tx, tenant, batch))
        } catch (error) {
          if (!isUniqueViolation(error)) throw error
          expectsDuplicates = true
        }
      }
      return await ctx.db.tx(tenant, (tx) => insertEvents(tx, tenant, batch))
    })
}
