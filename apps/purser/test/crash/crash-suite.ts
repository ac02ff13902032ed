import { inspect } from 'node:util'
import { startServices } from '../billing/start-services.ts'
import { temporaryFolder } from '@purser/testing'
import type { LoadSize } from './crash-load.ts'
import { type Kill, type Phase, type PhasePlan, type PhaseResult, phases } from './crash-phase.ts'
import { crashRound } from './crash-round.ts'
import { suiteClock } from './crash-task.ts'
import { seededRandom } from './seeded-random.ts'

export type CrashSuiteOptions = {
  /** Of a database of its own. */
  postgresUrl: string
  /** Kills that have to hit a process at work. */
  kills: number
  seed: number
  size: LoadSize
  print: (line: string) => void
}

export type CrashSuiteResult = {
  passed: number
  failed: number
  attempts: number
  /** Kills that hit a process at work. */
  hits: number
  /** Kills that left invoices whose items were not settled. */
  torn: number
}

/** Kills of one round by phase: both kinds of work, billing more often. */
const KILLS_A_ROUND: Record<Phase, number> = {
  'ingest january': 3,
  'bill january': 3,
  'ingest later': 2,
  'bill february': 4,
}

/** From so many kills on, some must have come between invoice and ledger. */
const KILLS_TO_JUDGE = 20

/** Most lines that a failure is told in. */
const MAX_LINES = 20

/** Kills come within this share of the time that undisturbed work takes: what is left of it shrinks. */
const REACH = 0.5

/** Of the kills, how many have to hit work: fewer would mean that the suite tests restarts, not crashes. */
const LEAST_HIT_SHARE = 0.6

/**
 * Measures a round without kills, then kills rounds until enough kills hit. Everything random follows from the seed
 * but the moments at which the machine does things.
 */
export async function runCrashSuite(options: CrashSuiteOptions): Promise<CrashSuiteResult> {
  const { postgresUrl, kills, seed, size, print } = options
  const beganMs = Date.now()
  const random = seededRandom(seed)
  await using folder = await temporaryFolder()
  const services = await startServices({ postgresUrl, clock: suiteClock(beganMs), maxWorkers: 2 })
  const result: CrashSuiteResult = { passed: 0, failed: 0, attempts: 0, hits: 0, torn: 0 }
  const fail = (name: string, error: unknown) => {
    result.failed += 1
    const text = error instanceof Error ? error.message : inspect(error)
    print(`FAILED ${name}: ${text.split('\n').slice(0, MAX_LINES).join('\n')}`)
  }
  const check = async (name: string, work: () => Promise<void>) => {
    try {
      await work()
      result.passed += 1
    } catch (error) {
      fail(name, error)
    }
  }
  const round = (tenant: string, plan: (phase: Phase) => PhasePlan) =>
    crashRound({
      postgresUrl,
      services,
      folder: folder.path,
      tenant,
      size,
      beganMs,
      plan,
      check,
      seed: seed + Number(tenant.slice('round-'.length)),
    })
  try {
    const undisturbed = await round('round-0', () => ({ kills: [], workers: 1 }))
    print(`seed ${seed}; undisturbed: ${undisturbed.map(durationOf).join(', ')}`)
    const mostAttempts = kills / LEAST_HIT_SHARE + 1
    for (let number = 1; result.hits < kills && result.attempts < mostAttempts; number += 1) {
      const left = kills - result.hits
      // A kill that missed came too late: the machine was busier when undisturbed work was measured.
      const sooner = result.attempts === 0 ? 1 : Math.max(0.1, result.hits / result.attempts)
      const work = undisturbed.map((each) => ({ ...each, finishMs: each.finishMs * sooner }))
      const results = await round(`round-${number}`, planOf(work, random, number, left))
      for (const { attempts, hits, torn } of results) {
        result.attempts += attempts
        result.hits += hits
        result.torn += torn
      }
      print(`round ${number}: ${results.map(killsOf).join(', ')}; ${result.hits} of ${kills} kills`)
    }
    await check('kills hit work in progress', async () => {
      if (result.hits < kills) throw new Error(`only ${result.hits} of ${result.attempts}`)
    })
    if (kills >= KILLS_TO_JUDGE) {
      await check('some hit between invoice and ledger', async () => {
        if (result.torn === 0) throw new Error(`none of ${result.attempts}`)
      })
    }
  } catch (error) {
    fail('a round came to its end', error)
  } finally {
    await services.close()
  }
  return result
}

/** Kills of a round; at most `left` of them. Every other round, two processes share each billing run. */
function planOf(
  undisturbed: readonly PhaseResult[],
  random: () => number,
  number: number,
  left: number,
): (phase: Phase) => PhasePlan {
  let unplanned = left
  const plans = new Map(
    phases.toReversed().map((phase) => {
      const count = Math.min(KILLS_A_ROUND[phase], unplanned)
      unplanned -= count
      const workMs = undisturbed.find((result) => result.phase === phase)?.finishMs ?? 0
      const isBilling = phase.startsWith('bill')
      const kills = Array.from({ length: count }, (_, index): Kill => {
        if (isBilling && index % 3 === 1) return 'between_invoice_and_ledger'
        return { afterMs: random() * REACH * workMs }
      })
      const workers = isBilling && number % 2 === 0 ? 2 : 1
      return [phase, { kills, workers } satisfies PhasePlan]
    }),
  )
  return (phase) => plans.get(phase) ?? { kills: [], workers: 1 }
}

function durationOf({ phase, finishMs }: PhaseResult): string {
  return `${phase} ${Math.round(finishMs)} ms`
}

function killsOf({ phase, attempts, hits }: PhaseResult): string {
  return `${phase} ${hits}/${attempts}`
}
