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

/** A decision `d` as one JSON object: the fastest to write, and to read. */
export const decisionColumn = 'row_to_json(d) as decision'

/** A row of `decisionColumn`. */
export type AnsweredDecision = { decision: DecisionRow }

/** Milliseconds since 1970 of a time in JSON; undefined for none and for infinity. */
export function epochMsOf(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text.endsWith('infinity')) return undefined
  return Date.parse(text)
}
