import type { DecisionRow } from '../decision-row.ts'
import type { Prepared } from './counter-log.ts'
import type { PairPlan } from './pair-plan.ts'

/** What the script decided. Requests, pairs and limits are numbered from 1; times are microseconds, -1 for never. */
export type Decided = {
  /** In which it was decided. */
  epoch: string
  nowMicros: number
  /** Requests whose id somebody else decides about. */
  underWay: number[]
  /** Request and pair. */
  unentitled: [number, number][]
  /** Request, limit, units. */
  refused: [number, number, number][]
  fitsAt: number[]
  /** By limit, before the batch. */
  used: number[]
  resetsAt: number[]
  admitted: number[]
}

/** Reads the answer `decided` of the script. */
export function readDecided(reply: readonly unknown[], epoch: string): Decided {
  // The script says so: see its last line.
  const [, nowMicros, underWay, unentitled, refused, fitsAt, used, resetsAt, admitted] =
    reply as readonly [
      string,
      number,
      number[],
      [number, number][],
      [number, number, number][],
      number[],
      number[],
      number[],
      number[],
    ]
  return { epoch, nowMicros, underWay, unentitled, refused, fitsAt, used, resetsAt, admitted }
}

/** The decision as the database would have told it. */
export function toDecisionRow(
  decided: Decided,
  plans: readonly (PairPlan | undefined)[],
  prepared?: Prepared,
): DecisionRow {
  const limits = plans.flatMap((plan, index) =>
    (plan?.limits ?? []).map((limit) => ({ ...limit, pair: index + 1 })),
  )
  return {
    decided_at: timeOf(decided.nowMicros) ?? '',
    // What is under way elsewhere is not counted here: its answer is left out.
    repeated: [...(prepared?.repeated ?? []), ...decided.underWay],
    mismatched: prepared?.mismatched ?? null,
    unentitled_requests: decided.unentitled.map(([request]) => request),
    unentitled_pairs: decided.unentitled.map(([, pair]) => pair),
    refused_requests: decided.refused.map(([request]) => request),
    refused_limits: decided.refused.map(([, limit]) => limit),
    refused_fits_at: decided.fitsAt.map((at) => timeOf(at)),
    limit_pairs: limits.map(({ pair }) => pair),
    limit_keys: limits.map(({ key }) => key),
    limit_units: limits.map(({ units }) => units),
    limit_used: decided.used,
    limit_soft: limits.map(({ soft }) => soft === 1),
    limit_resets_at: decided.resetsAt.map((at) => timeOf(at) ?? 'infinity'),
  }
}

function timeOf(micros: number): string | null {
  return micros < 0 ? null : new Date(Math.floor(micros / 1_000)).toISOString()
}
