import type { GetMeterRequest, Meter } from '@purser/contracts/metering/v1/metering'
import { PurserError } from '@purser/kernel'
import type { Meter as DomainMeter } from '../domain/meter.ts'
import type { MeteringContext } from '../context.ts'
import { findMeter } from '../store/meter.ts'
import { toProtoMeter } from './convert.ts'

/** Answers one meter. Throws `resource.not_found`. */
export function getMeter(ctx: MeteringContext) {
  return async ({ tenant, meterKey }: GetMeterRequest): Promise<Meter> =>
    toProtoMeter(await readMeter(ctx, tenant, meterKey))
}

/** The meter with this key. Throws `resource.not_found`. */
export async function readMeter(
  ctx: MeteringContext,
  tenant: string,
  meterKey: string,
): Promise<DomainMeter> {
  const meter = await ctx.db.tx(tenant, (tx) => findMeter(tx, tenant, meterKey), { readOnly: true })
  if (meter === undefined)
    throw new PurserError('resource.not_found', `There is no meter "${meterKey}".`)
  return meter
}
