import type { CrashTask } from './crash-task.ts'
import { type KillableWorker, startWorker } from './killable-worker.ts'
import type { StoredRound } from './stored-round.ts'

/** The works of a round, in their order. */
export const phases = ['ingest january', 'bill january', 'ingest later', 'bill february'] as const
export type Phase = (typeof phases)[number]

/**
 * When a kill comes: so long after the begin of work, or as soon as invoices are issued whose items are not settled,
 * which random moments seldom meet.
 */
export type Kill = { afterMs: number } | 'between_invoice_and_ledger'

/** Kills of a phase in their order, and how many processes work at once. */
export type PhasePlan = { kills: readonly Kill[]; workers: 1 | 2 }

/** How many kills there were, hit work, and left invoices without their ledger; the work of the end in ms. */
export type PhaseResult = {
  phase: Phase
  attempts: number
  hits: number
  torn: number
  finishMs: number
}

/** Starts the work, kills it as planned, again and again, and then lets it finish. */
export async function crashPhase(
  task: CrashTask,
  stored: StoredRound,
  { kills, workers }: PhasePlan,
  afterKill: () => Promise<void>,
): Promise<Omit<PhaseResult, 'phase'>> {
  let hits = 0
  let torn = 0
  for (let next = 0; next < kills.length; next += workers) {
    const group = kills.slice(next, next + workers)
    const started = await Promise.all(group.map(() => startWorker(task)))
    const killed = await Promise.all(
      started.map((worker, index) => killWorker(worker, stored, group[index] ?? { afterMs: 0 })),
    )
    hits += killed.filter(Boolean).length
    if (await stored.hasUnsettledInvoices()) torn += 1
    await afterKill()
  }
  const last = await Promise.all(Array.from({ length: workers }, () => startWorker(task)))
  const workedMs = await Promise.all(last.map((worker) => worker.finish()))
  return { attempts: kills.length, hits, torn, finishMs: Math.max(...workedMs) }
}

async function killWorker(
  worker: KillableWorker,
  stored: StoredRound,
  kill: Kill,
): Promise<boolean> {
  if (kill !== 'between_invoice_and_ledger') return await worker.killAfter(kill.afterMs)
  await stored.waitForUnsettledInvoices(worker.ended)
  return await worker.killAfter(0)
}
