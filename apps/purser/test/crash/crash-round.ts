import { join } from 'node:path'
import { Shop } from '../billing/shop.ts'
import type { RunningServices } from '../billing/start-services.ts'
import { everyPrice, type UsageEvent } from '../billing/usage-fixture.ts'
import { readAcknowledgments } from './acknowledgments.ts'
import { checkBetween, checkEvents, checkInvoices } from './check-round.ts'
import { accountIdOf, januaryBatches, laterBatches, type LoadSize } from './crash-load.ts'
import { crashPhase, type Phase, type PhasePlan, type PhaseResult } from './crash-phase.ts'
import type { CrashTask } from './crash-task.ts'
import { StoredRound } from './stored-round.ts'

export type RoundOptions = {
  postgresUrl: string
  services: RunningServices
  folder: string
  tenant: string
  seed: number
  size: LoadSize
  beganMs: number
  plan: (phase: Phase) => PhasePlan
  /** Runs one check and counts it. */
  check: (name: string, work: () => Promise<void>) => Promise<void>
}

/** One tenant from its first event to its second invoices, killed all along. */
export async function crashRound(options: RoundOptions): Promise<PhaseResult[]> {
  const { services, tenant, seed, size, check, postgresUrl } = options
  const shop = await Shop.open(services.client, tenant)
  await shop.createPlan('all', everyPrice)
  const accountIds = Array.from({ length: size.accounts }, (_, index) => accountIdOf(index))
  await shop.subscribeAll(accountIds, 'all', '2026-01-01T00:00:00Z')
  const stored = new StoredRound(postgresUrl, tenant)
  const streams = { january: januaryBatches(seed, size), later: laterBatches(seed, size) }
  const ackFile = (stream: 'january' | 'later') => join(options.folder, `${tenant}-${stream}.ack`)
  const acknowledged = async (stream: 'january' | 'later'): Promise<UsageEvent[]> => {
    const numbers = await readAcknowledgments(ackFile(stream))
    return [...numbers].flatMap((number) => streams[stream][number] ?? [])
  }
  const sent = [...streams.january, ...streams.later].flat()
  const eventsHold = async () =>
    checkEvents(stored, sent, [
      ...(await acknowledged('january')),
      ...(await acknowledged('later')),
    ])
  const nothingTorn = () => checkBetween(stored)

  const base = { postgresUrl, tenant, beganMs: options.beganMs }
  const ingest = (stream: 'january' | 'later'): CrashTask => {
    return { ...base, kind: 'ingest', stream, seed, size, ackFile: ackFile(stream) }
  }
  const run = (period: string): CrashTask => ({ ...base, kind: 'run', period })
  const results: PhaseResult[] = []
  const go = async (phase: Phase, task: CrashTask, between: () => Promise<void>) => {
    const afterKill = () => check(`${tenant}: after a kill in ${phase}`, between)
    results.push({ phase, ...(await crashPhase(task, stored, options.plan(phase), afterKill)) })
  }

  await go('ingest january', ingest('january'), eventsHold)
  await check(`${tenant}: events of january`, eventsHold)
  await go('bill january', run('2026-01'), nothingTorn)
  await check(`${tenant}: invoices of january`, () =>
    checkInvoices(stored, size.accounts, ['2026-01']),
  )
  await go('ingest later', ingest('later'), eventsHold)
  await check(`${tenant}: all events`, async () => {
    await checkEvents(stored, sent, sent)
    await eventsHold()
  })
  await go('bill february', run('2026-02'), nothingTorn)
  await check(`${tenant}: invoices of february, january corrected`, () =>
    checkInvoices(stored, size.accounts, ['2026-01', '2026-02']),
  )
  await check(`${tenant}: invoices verify from raw events`, () => verifySome(shop, size.accounts))
  return results
}

async function verifySome(shop: Shop, accounts: number): Promise<void> {
  for (let position = 1; position <= 2 * accounts; position += Math.ceil(accounts / 5)) {
    const number = `INV-${String(position).padStart(6, '0')}`
    const { matches } = await shop.verify(number)
    if (!matches) throw new Error(`${number} does not verify`)
  }
}
