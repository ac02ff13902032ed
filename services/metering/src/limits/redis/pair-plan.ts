/** What `prepare_decision` tells of a limit; of the feature itself with an empty key. Times are microseconds. */
export type PreparedLimit = {
  /** Number of the pair of account and feature, from 1. */
  pair: number
  limit_key: string
  units: number | null
  soft: boolean
  spec: string | null
  rolling_seconds: number | null
  window_start: number | null
  window_end: number | null
  event_type: string
  revision: number
  until: number | null
}

/** A limit as the script is told of it. Times are microseconds since 1970. */
type ScriptLimit = {
  key: string
  units: number
  soft: 0 | 1
  spec: string
  /** Length of a rolling window in seconds, 0 of another. */
  rolling: number
  /** Bounds of a window that is not rolling; `stop` is exclusive. */
  start?: number
  stop?: number
}

/** What an account may use of a feature, while `from` <= now < `till` and it is at this revision. */
export type PairPlan = {
  from: number
  till: number
  limits: ScriptLimit[]
  eventType: string
  revision: number
}

/** Plans of the pairs of a batch, in their order; undefined where the account is not entitled. */
export function plansOf(
  prepared: readonly PreparedLimit[],
  pairCount: number,
  from: number,
): (PairPlan | undefined)[] {
  const plans: (PairPlan | undefined)[] = Array.from({ length: pairCount })
  for (const row of prepared) {
    const plan = (plans[row.pair - 1] ??= {
      from,
      till: row.until ?? Number.MAX_SAFE_INTEGER,
      limits: [],
      eventType: row.event_type,
      revision: row.revision,
    })
    if (row.limit_key !== '') plan.limits.push(toScriptLimit(row))
  }
  return plans
}

function toScriptLimit(row: PreparedLimit): ScriptLimit {
  const rolling = row.rolling_seconds ?? 0
  return {
    key: row.limit_key,
    units: row.units ?? 0,
    soft: row.soft ? 1 : 0,
    spec: row.spec ?? '',
    rolling,
    ...(rolling > 0 ? {} : { start: row.window_start ?? 0, stop: row.window_end ?? 0 }),
  }
}
