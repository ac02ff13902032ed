/** A decision of the database about a batch, see type `batch_decision`. All numbers of things count from 1. */
export type DecisionRow = {
  decided_at: string
  repeated: number[] | null
  mismatched: number[] | null
  unentitled_requests: number[] | null
  unentitled_pairs: number[] | null
  refused_requests: number[] | null
  refused_limits: number[] | null
  refused_fits_at: (string | null)[] | null
  limit_pairs: number[] | null
  limit_keys: string[] | null
  limit_units: number[] | null
  limit_used: number[] | null
  limit_soft: boolean[] | null
  limit_resets_at: string[] | null
}

/** The columns of a decision `d` as JSON, which is the fastest to read. */
export const decisionColumns = `
  to_json(d.decided_at) as decided_at, array_to_json(d.repeated) as repeated,
  array_to_json(d.mismatched) as mismatched, array_to_json(d.unentitled_requests) as unentitled_requests,
  array_to_json(d.unentitled_pairs) as unentitled_pairs, array_to_json(d.refused_requests) as refused_requests,
  array_to_json(d.refused_limits) as refused_limits, array_to_json(d.refused_fits_at) as refused_fits_at,
  array_to_json(d.limit_pairs) as limit_pairs, array_to_json(d.limit_keys) as limit_keys,
  array_to_json(d.limit_units) as limit_units, array_to_json(d.limit_used) as limit_used,
  array_to_json(d.limit_soft) as limit_soft, array_to_json(d.limit_resets_at) as limit_resets_at`

/** Milliseconds since 1970 of a time in JSON; undefined for none and for infinity. */
export function epochMsOf(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text.endsWith('infinity')) return undefined
  return Date.parse(text)
}
