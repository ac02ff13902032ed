import {
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
  statement,
  type Tx,
} from '@purser/postgres'
import type { BillingItem } from '../domain/billing-item.ts'
import { withinSubscriptions } from './within-subscriptions.ts'

// What a run takes as billed (`addChunks`, `retryFailedItems`): an item of the ledger that did not fail.
const unbilled = `
   left join billing_item as done
     on done.tenant_id = $1
     and done.subscription_id ${withinSubscriptions('$2')}
     and done.subscription_id = due.subscription_id
     and done.period_start = due.period_start
     and done.kind = 'period'
   where done.status is distinct from 'billed'`

const findUnbilledStatement = statement(
  'billing.find_unbilled_periods',
  `select due.place - 1 as index, done.failure_code, done.failure_message
   from unnest($2::text[], $3::timestamptz[]) with ordinality as due (subscription_id, period_start, place)
   ${unbilled}
     and ($5::text is null or (due.subscription_id, due.period_start) > ($5, $6::timestamptz))
   order by due.place
   limit $4::bigint`,
)

/** A period that is not billed: its position among those asked about, and why a run could not bill it. */
export type FoundUnbilled = {
  index: number
  failure: { code: string; message: string } | undefined
}

/** A period by its subscription and begin. */
export type PeriodKey = { subscriptionId: string; start: Temporal.Instant }

/** The first `limit` of these periods that no run has billed, in their order, and behind `after` in that of the database. */
export async function findUnbilledPeriods(
  tx: Tx,
  tenantId: string,
  periods: readonly BillingItem[],
  { limit, after }: { limit: number; after: PeriodKey | undefined },
): Promise<FoundUnbilled[]> {
  const rows = await tx.query<{
    index: bigint
    failure_code: string | null
    failure_message: string | null
  }>(findUnbilledStatement, [
    tenantId,
    ...keysOf(periods),
    limit,
    after?.subscriptionId ?? null,
    after?.start ?? null,
  ])
  return rows.map((row) => ({
    index: Number(row.index),
    failure:
      row.failure_code === null
        ? undefined
        : { code: row.failure_code, message: row.failure_message ?? '' },
  }))
}

const countUnbilledStatement = statement(
  'billing.count_unbilled_periods',
  `select month, count(*) as subscription_count, sum(period_count)::bigint as period_count,
     sum(failed_count)::bigint as failed_count
   from (
     select due.month, count(*) as period_count,
       count(*) filter (where done.status = 'failed') as failed_count
     from unnest($2::text[], $3::timestamptz[], $4::int8[]) as due (subscription_id, period_start, month)
     ${unbilled}
     group by due.month, due.subscription_id
   ) as waiting
   group by month`,
)

/** How many periods of one month wait, of how many subscriptions, and how many of them failed. */
export type UnbilledCount = {
  month: number
  subscriptionCount: bigint
  periodCount: bigint
  failedCount: bigint
}

/** Counts those of these periods that no run has billed, by month: a number of the caller's for each period. */
export async function countUnbilledPeriods(
  tx: Tx,
  tenantId: string,
  periods: readonly BillingItem[],
  months: readonly number[],
): Promise<UnbilledCount[]> {
  const rows = await tx.query<{
    month: bigint
    subscription_count: bigint
    period_count: bigint
    failed_count: bigint
  }>(countUnbilledStatement, [tenantId, ...keysOf(periods), encodeInt8Array(months)])
  return rows.map((row) => ({
    month: Number(row.month),
    subscriptionCount: row.subscription_count,
    periodCount: row.period_count,
    failedCount: row.failed_count,
  }))
}

/** Parameters $2 and $3. */
function keysOf(periods: readonly BillingItem[]): Buffer[] {
  return [
    encodeTextArray(periods.map(({ subscriptionId }) => subscriptionId)),
    encodeTimestamptzArray(periods.map(({ period }) => period.start)),
  ]
}
