import { LimitWindow } from '@purser/contracts/common/v1/entitlement'
import { FEATURE, type ProofBed } from './proof-bed.ts'

const MICROS = 1_000_000
const NODES = 3

/** The most units in any window, against the limit, and all units against those that were due. */
export type EdgeResult = { limit: number; most: number; admitted: number; due: number }

/**
 * Three processes with clocks that disagree ask without end for units of a short window, across its edges. Rolling:
 * the most units of any interval of the length, wherever it begins. Fixed: of any window.
 */
export async function runAcrossEdges(
  bed: ProofBed,
  kind: 'rolling' | 'fixed',
  { limit, windowSeconds, windows }: { limit: number; windowSeconds: number; windows: number },
): Promise<EdgeResult> {
  const accountId = `edges-${kind}`
  const window = kind === 'rolling' ? LimitWindow.ROLLING : LimitWindow.FIXED
  await bed.entitle([accountId], { quantity: BigInt(limit), window, windowSeconds })
  const workers = await bed.nodes(NODES)
  const durationMs = (windows + 1) * windowSeconds * 1_000
  await Promise.all(
    workers.map((worker) =>
      worker.run({
        tenant: bed.tenant,
        accountId,
        featureKey: FEATURE,
        from: 0,
        requests: 0,
        callers: 4,
        durationMs,
      }),
    ),
  )
  const rows = await bed.rowsOf(accountId)
  const lengthMicros = windowSeconds * MICROS
  const most = kind === 'rolling' ? mostInAny(rows, lengthMicros) : mostInOne(rows, lengthMicros)
  const admitted = rows.reduce((sum, { units }) => sum + units, 0)
  // The first fill, and one more for each window; the time of the last is for a machine that stands still for a moment.
  const due = (windows + 1) * limit
  return { limit, most, admitted, due }
}

type Row = { micros: number; units: number }

/** The most units in any half-open interval of the length: one that ends with a row holds the most. */
function mostInAny(rows: readonly Row[], lengthMicros: number): number {
  let [most, sum, first] = [0, 0, 0]
  for (const { micros, units } of rows) {
    sum += units
    while ((rows[first]?.micros ?? micros) <= micros - lengthMicros) {
      sum -= rows[first]?.units ?? 0
      first += 1
    }
    most = Math.max(most, sum)
  }
  return most
}

function mostInOne(rows: readonly Row[], lengthMicros: number): number {
  const sums = new Map<number, number>()
  for (const { micros, units } of rows) {
    const window = Math.floor(micros / lengthMicros)
    sums.set(window, (sums.get(window) ?? 0) + units)
  }
  return Math.max(0, ...sums.values())
}

/** What is wrong, if anything. */
export function faultAtEdges({ limit, most, admitted, due }: EdgeResult): string | undefined {
  if (most > limit) return `${most} units in a window of ${limit}`
  if (admitted < due * 0.99) return `${admitted} units of ${due} were admitted`
  return undefined
}
