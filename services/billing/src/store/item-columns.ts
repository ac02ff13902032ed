const columns = [
  'subscription_id',
  'account_id',
  'plan_key',
  'plan_version',
  'period_start',
  'period_end',
  'billable_days',
  'period_days',
]

/** The columns of an item as it was planned but its kind, in one order everywhere; of a relation when it is named. */
export function itemColumns(relation?: string): string {
  return columns.map((name) => (relation === undefined ? name : `${relation}.${name}`)).join(', ')
}
