import { Decimal, type Period } from '@purser/kernel'
import { asService, toProtoTimestamp } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import type { MeteredUsage } from '../domain/invoice-line.ts'

/** A time range of an account whose usage is asked for. */
export type UsageRange = { accountId: string; period: Period }

/** Most windows of one question, as the contract has it. */
const WINDOWS_PER_CALL = 10_000

const NO_USAGE: MeteredUsage = { quantity: Decimal.zero, eventCount: 0n }

/**
 * Usage of many ranges at a watermark, in as few calls as the contract allows. The answer takes the position of a
 * range in `ranges` and a meter; without events it is zero.
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
  if (meterKeys.length === 0) return () => NO_USAGE
  const usage = new Map<string, MeteredUsage>()
  for (let from = 0; from < ranges.length; from += WINDOWS_PER_CALL) {
    const { totals } = await ctx.clients.metering.aggregateUsage(
      {
        tenant,
        watermark,
        meterKeys: [...meterKeys],
        windows: ranges.slice(from, from + WINDOWS_PER_CALL).map(({ accountId, period }) => ({
          accountId,
          startTime: toProtoTimestamp(period.start),
          endTime: toProtoTimestamp(period.end),
        })),
      },
      asService('billing', tenant, { signal }),
    )
    for (const { windowIndex, meterKey, value, eventCount } of totals) {
      const quantity = Decimal.parse(value)
      usage.set(`${from + windowIndex}/${meterKey}`, { quantity, eventCount })
    }
  }
  return (rangeIndex, meterKey) => usage.get(`${rangeIndex}/${meterKey}`) ?? NO_USAGE
}
