import { FEATURE, longFixed, longRolling, type ProofBed, sharesOf } from './proof-bed.ts'
import type { ProofCount } from './proof-task.ts'

/** What is multiplied: processes, limits, and requests as a share of the limit. */
export type MatrixSize = {
  processes: readonly number[]
  limits: readonly number[]
  loads: readonly number[]
}

export const fullMatrix: MatrixSize = {
  processes: [1, 3, 5, 9],
  limits: [10, 100, 1_000, 10_000],
  loads: [0.9, 1, 1.2, 2],
}

const windows = { rolling: longRolling, fixed: longFixed }

/** Callers of each process at once. */
const CALLERS = 48

/** One run: so many processes at once against one limit. */
export type MatrixCell = {
  window: keyof typeof windows
  processes: number
  limit: number
  load: number
  requests: number
  /** Requests that were answered as admitted, and units that are recorded and counted. */
  admitted: number
  failed: number
  recorded: number
  counted: number
}

/** Runs each cell on an account of its own. Requests of fixed windows have ids. */
export async function runMatrix(bed: ProofBed, size: MatrixSize): Promise<MatrixCell[]> {
  const plan = Object.keys(windows).flatMap((window) =>
    size.limits.flatMap((limit) =>
      size.processes.flatMap((processes) =>
        size.loads.map((load) => ({
          window: window as keyof typeof windows,
          processes,
          limit,
          load,
          accountId: `${window}-${limit}-${processes}-${load}`,
        })),
      ),
    ),
  )
  for (const [window, terms] of Object.entries(windows)) {
    for (const limit of size.limits) {
      const own = plan.filter((cell) => cell.window === window && cell.limit === limit)
      const accounts = own.map(({ accountId }) => accountId)
      await bed.entitle(accounts, { quantity: BigInt(limit), ...terms })
    }
  }
  const cells: MatrixCell[] = []
  for (const { accountId, ...cell } of plan) {
    const requests = Math.round(cell.limit * cell.load)
    const count = await storm(bed, { ...cell, accountId, requests })
    const [recorded, counted] = [await bed.recorded(accountId), await bed.counted(accountId)]
    cells.push({ ...cell, requests, ...count, recorded, counted })
  }
  return cells
}

async function storm(
  { tenant, nodes }: ProofBed,
  cell: Pick<MatrixCell, 'window' | 'processes' | 'requests'> & { accountId: string },
): Promise<ProofCount> {
  const { window, processes, requests, accountId } = cell
  const workers = await nodes(processes)
  const ids = window === 'fixed' ? { idPrefix: accountId } : {}
  const counts = await Promise.all(
    sharesOf(requests, processes).map((share, index) =>
      workers[index]?.run({
        tenant,
        accountId,
        featureKey: FEATURE,
        ...share,
        ...ids,
        callers: CALLERS,
      }),
    ),
  )
  const sum = (of: keyof ProofCount) => counts.reduce((total, one) => total + (one?.[of] ?? 0), 0)
  return { admitted: sum('admitted'), refused: sum('refused'), failed: sum('failed') }
}

/** What is wrong with a cell; undefined when nothing is. At most 1 % of what was due may be missing. */
export function faultOf(cell: MatrixCell): string | undefined {
  const { limit, requests, admitted, recorded, counted, failed } = cell
  if (recorded > limit) return `${recorded} units are recorded of a limit of ${limit}`
  if (recorded !== admitted) return `${admitted} units were admitted, ${recorded} are recorded`
  if (counted !== recorded) return `${recorded} units are recorded, ${counted} are counted`
  if (failed > 0) return `${failed} requests failed`
  const due = Math.min(limit, requests)
  if (admitted < due * 0.99) return `${admitted} units of ${due} were admitted`
  return undefined
}

/** The matrix as a table: units over the limit and, of what was due, missing; the worst of both windows. */
export function tableOf(cells: readonly MatrixCell[], size: MatrixSize): string {
  const cellsOf = (processes: number, limit: number, load: number) =>
    cells.filter((c) => c.processes === processes && c.limit === limit && c.load === load)
  const textOf = (own: readonly MatrixCell[]) => {
    const over = Math.max(...own.map(({ recorded, limit }) => Math.max(0, recorded - limit)))
    const missing = Math.max(
      ...own.map(({ limit, requests, admitted }) => {
        const due = Math.min(limit, requests)
        return Math.max(0, (due - admitted) / due)
      }),
    )
    return `${over} / ${(missing * 100).toFixed(2)} %`
  }
  const rows = size.processes.flatMap((processes) =>
    size.limits.map((limit) => [
      String(processes),
      limit.toLocaleString('en-US'),
      ...size.loads.map((load) => textOf(cellsOf(processes, limit, load))),
    ]),
  )
  const head = ['processes', 'limit', ...size.loads.map((load) => `load ${load.toFixed(1)}`)]
  return [head, head.map(() => '--:'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
