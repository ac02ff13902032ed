import type { HandlerContext } from '@connectrpc/connect'
import { Aggregation, type Meter } from '@purser/contracts/metering/v1/metering'
import { isPurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { SubscriptionContext } from '../context.ts'

/** Meters that exist, by their key. */
export type Meters = ReadonlyMap<string, Meter>

/**
 * Those of the meters that exist. Asks in the service's own name: who may write plans need not be
 * allowed to read meters.
 */
export async function readMeters(
  ctx: SubscriptionContext,
  call: HandlerContext,
  tenant: string,
  meterKeys: readonly string[],
): Promise<Meters> {
  const options = asService('subscription', tenant, { context: call })
  const found = await Promise.all(
    meterKeys.map(async (meterKey) => {
      try {
        return [await ctx.clients.metering.getMeter({ tenant, meterKey }, options)]
      } catch (error) {
        if (isPurserError(error) && error.code === 'resource.not_found') return []
        throw error
      }
    }),
  )
  return new Map(found.flat().map((meter) => [meter.meterKey, meter]))
}

/** Whether admitted units can be counted one by one: the meter sums the quantity of its events. */
export function addsQuantities(meter: Meter | undefined): boolean {
  return meter?.aggregation === Aggregation.SUM && meter.valueProperty === ''
}
