import { Decimal, type Period } from '@purser/kernel'
import { asService, toProtoTimestamp } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import type { MeteredUsage } from '../domain/invoice-line.ts'

/** A time range of an account whose usage is asked for. */
export type UsageRange = { accountId: string; period: Period }

const NO_USAGE: MeteredUsage = { quantity: Decimal.zero, eventCount: 0n }

/**
 * Usage of many ranges at a watermark, in one call. The answer takes the position of a range in `ranges` and a
 * meter; without events it is zero.
 */
export async function readUsage(
  ctx: BillingContext,
  question: {
    tenant: string
    watermark: bigint
    meterKeys: readonly string[]
    ranges: readonly UsageRange[]
    signal: AbortSignal
  },
): Promise<(rangeIndex: number, meterKey: string) => MeteredUsage> {
  const { tenant, watermark, meterKeys, ranges, signal } = question
  if (meterKeys.length === 0 || ranges.length === 0) return () => NO_USAGE
  const answer = await ctx.clients.metering.aggregateUsage(
    {
      tenant,
      watermark,
      meterKeys: [...meterKeys],
      windows: ranges.map(({ accountId, period }) => ({
        accountId,
        startTime: toProtoTimestamp(period.start),
        endTime: toProtoTimestamp(period.end),
      })),
    },
    asService('billing', tenant, { signal }),
  )
  const usage = new Map(
    answer.totals.map((total) => [
      `${total.windowIndex}/${total.meterKey}`,
      { quantity: Decimal.parse(total.value), eventCount: total.eventCount },
    ]),
  )
  return (rangeIndex, meterKey) => usage.get(`${rangeIndex}/${meterKey}`) ?? NO_USAGE
}
