import { assert } from '@purser/kernel'
import { type DecisionRow, epochMsOf } from './decision-row.ts'
import type { UsageBatch } from './usage-batch.ts'
import type { FeatureAnswer, LimitStanding, UsageAnswer, UsageRequest } from './usage-request.ts'

type Limit = {
  pair: number
  limitKey: string
  units: number
  room: number
  soft: boolean
  resetMs: number | undefined
}

/** What a limit answered to one refused request: when its units will fit. */
type Refusal = { limit: Limit; retryMs: number | undefined }

/**
 * Answers the requests of a batch, in their order: the database tells how each limit stood before and which requests
 * it refused; what is left after each request follows by counting along, unless nothing `counts`.
 */
export function readDecision(
  row: DecisionRow,
  batch: UsageBatch,
  { counts }: { counts: boolean } = { counts: true },
): UsageAnswer[] {
  const decidedMs = epochMsOf(row.decided_at)
  assert(decidedMs !== undefined, 'a decision has an instant')
  const limits = limitsOf(row)
  const limitsByPair = Map.groupBy(limits, ({ pair }) => pair)
  const ofPair = (pair: number) => limitsByPair.get(pair) ?? []
  const repeated = new Set(row.repeated)
  const mismatched = new Set(row.mismatched)
  const unentitled = pairsByRequest(row)
  const refusals = refusalsByRequest(row, limits)

  return batch.requests.map((request, index) => {
    const number = index + 1
    const pairs = batch.pairs[index] as number[]
    const refused = refusals.get(number)
    const without = unentitled.get(number)
    const verdict = mismatched.has(number)
      ? 'id_of_other_usage'
      : repeated.has(number)
        ? 'repeated'
        : refused !== undefined || without !== undefined
          ? 'refused'
          : 'admitted'
    if (counts && verdict === 'admitted') countAlong(request, pairs, ofPair)
    const features = request.features.map(({ featureKey }, position) => {
      const pair = pairs[position] as number
      if (without?.has(pair)) {
        return { featureKey, reason: 'feature_not_entitled' as const, standing: undefined }
      }
      return answerOf(featureKey, ofPair(pair), refused)
    })
    return { verdict, decidedMs, features }
  })
}

function limitsOf(row: DecisionRow): Limit[] {
  return (row.limit_keys ?? []).map((limitKey, index) => {
    const units = row.limit_units?.[index] ?? 0
    return {
      pair: row.limit_pairs?.[index] ?? 0,
      limitKey,
      units,
      room: units - (row.limit_used?.[index] ?? 0),
      soft: row.limit_soft?.[index] ?? false,
      resetMs: epochMsOf(row.limit_resets_at?.[index]),
    }
  })
}

function pairsByRequest(row: DecisionRow): Map<number, Set<number>> {
  const pairs = new Map<number, Set<number>>()
  for (const [index, request] of (row.unentitled_requests ?? []).entries()) {
    const known = pairs.get(request) ?? new Set()
    pairs.set(request, known.add(row.unentitled_pairs?.[index] ?? 0))
  }
  return pairs
}

function refusalsByRequest(row: DecisionRow, limits: readonly Limit[]): Map<number, Refusal[]> {
  const refusals = new Map<number, Refusal[]>()
  for (const [index, request] of (row.refused_requests ?? []).entries()) {
    const limit = limits[(row.refused_limits?.[index] ?? 0) - 1]
    assert(limit, 'a refusal names a limit')
    const known = refusals.get(request) ?? []
    known.push({ limit, retryMs: epochMsOf(row.refused_fits_at?.[index]) })
    refusals.set(request, known)
  }
  return refusals
}

function countAlong(
  { features }: UsageRequest,
  pairs: readonly number[],
  ofPair: (pair: number) => Limit[],
): void {
  for (const [position, pair] of pairs.entries()) {
    const units = Number(features[position]?.units ?? 0n)
    for (const limit of ofPair(pair)) limit.room -= units
  }
}

/** Of refusing limits the one that refuses for longest is told, otherwise the one with the least left. */
function answerOf(
  featureKey: string,
  limits: readonly Limit[],
  refused: readonly Refusal[] | undefined,
): FeatureAnswer {
  const own = refused?.filter(({ limit }) => limits.includes(limit)) ?? []
  if (own.length > 0) {
    const last = own.reduce((a, b) => (waitOf(b) > waitOf(a) ? b : a))
    return { featureKey, reason: 'limit_exceeded', standing: standingOf(last.limit, last.retryMs) }
  }
  if (limits.length === 0) return { featureKey, reason: undefined, standing: undefined }
  const tightest = limits.reduce((a, b) => (b.room < a.room ? b : a))
  return { featureKey, reason: undefined, standing: standingOf(tightest, undefined) }
}

function waitOf({ retryMs }: Refusal): number {
  return retryMs ?? Number.POSITIVE_INFINITY
}

function standingOf(limit: Limit, retryMs: number | undefined): LimitStanding {
  return {
    limitKey: limit.limitKey,
    limit: limit.units,
    remaining: Math.max(0, limit.room),
    resetMs: limit.resetMs,
    retryMs,
  }
}
