import type { CreateMeterRequest, Meter } from '@purser/contracts/metering/v1/metering'
import { assert, PurserError } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import { insertMeter } from '../store/meter.ts'
import { fromProtoMeter, toProtoMeter } from './convert.ts'

/** Creates a meter. Throws `meter.already_exists`. */
export function createMeter(ctx: MeteringContext) {
  return async ({ tenant, meter: requested }: CreateMeterRequest): Promise<Meter> => {
    assert(requested, 'the contract requires a meter')
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const meter = fromProtoMeter(requested, now)
    const inserted = await ctx.db.tx(tenant, (tx) => insertMeter(tx, tenant, meter))
    if (!inserted) {
      throw new PurserError('meter.already_exists', `There is a meter "${meter.meterKey}" already.`)
    }
    ctx.afterCommit(() => ctx.meters.forget(tenant))
    return toProtoMeter(meter)
  }
}
