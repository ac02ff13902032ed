import type { MeteringContext } from '../context.ts'
import { EventGate } from '../domain/event-gate.ts'
import { IngestSession } from '../ingest/ingest-session.ts'
import { insertEvents } from '../store/usage-event.ts'

/** Opens an ingest call of a tenant: its meters decide, the clock's present is the time of arrival. */
export async function openSession(ctx: MeteringContext, tenant: string): Promise<IngestSession> {
  const meters = await ctx.meters.list(tenant)
  const arrivalMicros = ctx.clock.now({ tenantId: tenant }).epochMilliseconds * 1_000
  return new IngestSession({
    gate: new EventGate(meters, arrivalMicros),
    arrivalMicros,
    store: (batch) =>
      ctx.limiter.do(() => ctx.db.tx(tenant, (tx) => insertEvents(tx, tenant, batch))),
  })
}
