/**
 * SQL: between the first and the last of the subscriptions in a parameter, in the order of the database. A statement that
 * says so of the ledger beside joining it reads their part of it; without, the planner may prefer all of it, which grows
 * with every month.
 */
export function withinSubscriptions(parameter: string): string {
  const bound = (least: 'min' | 'max') =>
    `(select ${least}(id) from unnest(${parameter}::text[]) as id)`
  return `between ${bound('min')} and ${bound('max')}`
}
