import { statement, type Tx } from '@purser/postgres'
import { aggregateSql, forEachMeterKind, valueParameters, valueSql } from './metered-value.ts'
import type { UsageQuestion } from './usage-rows.ts'

/** An account and what it used: exact decimals, `share` of the sum of all accounts, 0 when that is 0. */
export type AccountUsage = { accountId: string; value: string; share: string; eventCount: bigint }

const topStatement = forEachMeterKind((aggregation, source) =>
  statement(
    `metering.top_${aggregation}_${source}`,
    `select account_id, value, event_count,
       coalesce(trim_scale(round(value / nullif(sum(value) over (), 0), 6)), 0)::text as share
     from (
       select account_id, ${aggregateSql[aggregation]} as value, count(*) as event_count
       from (
         select e.subject as account_id, ${valueSql(source, '$7')} as value, e.time, e.source, e.event_id
         from usage_event as e
         where e.tenant_id = $1
           and e.type = $2
           and e.time >= $3::timestamptz
           and e.time < $4::timestamptz
           and ($6::text = '' or e.feature_key = $6::text)
       ) as metered
       group by account_id
     ) as by_account
     order by value desc, account_id collate "C"
     limit $5::bigint`,
  ),
)

/** The accounts that used most of a meter in a time range, greatest first. Reads what is committed now. */
export async function listTopAccounts(
  tx: Tx,
  tenantId: string,
  question: Pick<UsageQuestion, 'meter' | 'start' | 'end' | 'featureKey' | 'limit'>,
): Promise<AccountUsage[]> {
  const { meter, start, end, limit, featureKey = '' } = question
  const rows = await tx.query<{
    account_id: string
    value: string
    share: string
    event_count: bigint
  }>(topStatement(meter), [
    tenantId,
    meter.eventType,
    start,
    end,
    limit,
    featureKey,
    ...valueParameters(meter),
  ])
  return rows.map((row) => ({
    accountId: row.account_id,
    value: row.value,
    share: row.share,
    eventCount: row.event_count,
  }))
}
