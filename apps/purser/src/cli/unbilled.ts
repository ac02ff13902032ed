import {
  ListUnbilledPeriodsResponseSchema,
  type Run,
  SummarizeUnbilledPeriodsResponseSchema,
} from '@purser/contracts/billing/v1/billing'
import type { ApiClient } from './api-client.ts'
import { day } from './day.ts'
import { formatTable } from './table.ts'

/** How long the end of a run is held up by the look at other months. */
const GLANCE_MS = 3_000

/** Prints the months of which some ended period was never billed, and the run that bills each. */
export async function printUnbilledMonths(
  api: ApiClient,
  options: { from?: string; tenant?: string },
): Promise<void> {
  const { months, fromPeriod, untilPeriod } = await readMonths(api, { from: options.from })
  if (months.length === 0) {
    console.log(`every period that ended from ${fromPeriod} to ${untilPeriod} is billed`)
    return
  }
  const tenant = options.tenant === undefined ? '' : ` --tenant ${options.tenant}`
  const rows = months.map((month) => [
    month.period,
    String(month.subscriptionCount),
    String(month.periodCount),
    String(month.failedCount),
    `purser billing run${tenant} --period ${month.period}`,
  ])
  const head = ['month', 'subscriptions>', 'periods>', 'failed>', 'bill them with']
  console.log(formatTable([head, ...rows]))
  console.log(`looked at ${fromPeriod} to ${untilPeriod}; --period MONTH lists those of one month`)
}

/** Prints the periods that a run of one month would bill. */
export async function printUnbilledPeriods(
  api: ApiClient,
  options: { period: string; limit: number },
): Promise<void> {
  const { unbilledPeriods, nextPageToken } = await api.call(ListUnbilledPeriodsResponseSchema, {
    path: '/billing/unbilled-periods',
    query: { period: options.period, page_size: options.limit },
  })
  if (unbilledPeriods.length === 0) {
    console.log(`no run of ${options.period} is needed: every period that ended in it is billed`)
    return
  }
  const rows = unbilledPeriods.map((unbilled) => [
    unbilled.accountId,
    unbilled.subscriptionId,
    `${unbilled.planKey} v${unbilled.planVersion}`,
    `${day(unbilled.periodStart)} to ${day(unbilled.periodEnd)}`,
    unbilled.failureCode === '' ? '-' : `${unbilled.failureMessage} (${unbilled.failureCode})`,
  ])
  const head = ['account', 'subscription', 'plan', 'period (end excluded)', 'failed with']
  console.log(formatTable([head, ...rows]))
  if (nextPageToken !== '') console.log(`... more: --limit ${Math.min(1_000, options.limit * 2)}`)
}

/** After a run: says which other months wait. The run is over; a look that takes long is given up. */
export async function mentionUnbilledMonths(api: ApiClient, run: Run): Promise<void> {
  try {
    const { months } = await readMonths(api, { signal: AbortSignal.timeout(GLANCE_MS) })
    const others = months.filter(({ period }) => period !== run.period)
    if (others.length === 0) return
    const texts = others.map(({ period, subscriptionCount: count }) => `${period} (${count})`)
    console.log(`  other ended months wait, with subscriptions: ${texts.join(', ')}`)
    console.log('  purser billing unbilled tells more')
  } catch {
    console.log('  whether other ended months wait: purser billing unbilled')
  }
}

async function readMonths(
  api: ApiClient,
  { from, signal }: { from?: string | undefined; signal?: AbortSignal },
) {
  return await api.call(SummarizeUnbilledPeriodsResponseSchema, {
    path: '/billing/unbilled-periods/summary',
    query: { from_period: from },
    ...(signal ? { signal } : {}),
  })
}
