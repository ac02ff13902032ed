import { parseArgs } from 'node:util'
import { z } from 'zod'
import { compareCounters, type Scenario } from './compare-counters.ts'
import {
  consumeOne,
  createMeter,
  entitle,
  type LimitsBed,
  startLimitsBed,
  TENANT,
  warmUp,
} from './limits-bed.ts'
import { type Measurement, measureCallers } from './measure-callers.ts'
import { openPlainRival, openRival, rivalSchema, rivals } from './one-by-one.ts'
import { formatReport } from './report.ts'

/**
 * Decisions through the service against one transaction for each, on the same Postgres, in turn. `--seconds` of each
 * round (3), `--rounds` (3). With `--counters redis` the service counts in Redis against itself counting in Postgres
 * instead; wants `redis-server` in PATH.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    counters: { type: 'string', default: 'postgres' },
  },
})
const optionsSchema = z.object({
  seconds: z.coerce.number().positive(),
  rounds: z.coerce.number().int().positive(),
  counters: z.enum(['postgres', 'redis']),
})
type Times = { rounds: number; durationMs: number }

/** Connections of the rivals: more made them slower. */
const RIVAL_CONNECTIONS = 16

const scenarios: Scenario[] = [
  { prefix: 'many', counters: 10_000, callers: 64 },
  { prefix: 'hot', counters: 1, callers: 512 },
]

const options = optionsSchema.safeParse(values)
if (options.success) await measure(options.data)
else {
  for (const { path, message } of options.error.issues) console.error(`--${path}: ${message}`)
  process.exitCode = 2
}

async function measure({ seconds, rounds, counters }: z.output<typeof optionsSchema>) {
  const times = { rounds, durationMs: seconds * 1_000 }
  if (counters === 'redis') await compareCounters(scenarios, times)
  else await compareRivals(times)
}

async function compareRivals(times: Times): Promise<void> {
  const bed = await startLimitsBed()
  try {
    await createMeter(bed)
    for (const scenario of scenarios) {
      const results = await runScenario(bed, scenario, times)
      process.stdout.write(formatReport(scenario, results))
    }
    process.stdout.write(await checkPlatter(bed))
  } finally {
    await bed.stop()
  }
}

async function runScenario(
  on: LimitsBed,
  { prefix, counters, callers }: Scenario,
  { rounds, durationMs }: Times,
) {
  await entitle(on, prefix, counters)
  await on.sql(rivalSchema(prefix, counters))
  const plain = openPlainRival(on.adminUrl, RIVAL_CONNECTIONS)
  const handWritten = openRival(on.adminUrl, rivals.handWritten, RIVAL_CONNECTIONS)
  const engineAlone = openRival(on.adminUrl, rivals.engineAlone, RIVAL_CONNECTIONS)
  const account = () => `${prefix}-${Math.floor(Math.random() * counters)}`
  const contenders = {
    service: () => consumeOne(on, account()),
    plain: () => plain.decide(account()),
    handWritten: () => handWritten.decide(account()),
    engineAlone: () => engineAlone.decide(account()),
  }
  await warmUp(on, prefix, counters)
  const results: Record<keyof typeof contenders, Measurement[]> = {
    service: [],
    plain: [],
    handWritten: [],
    engineAlone: [],
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(contenders) as (keyof typeof contenders)[]) {
      await on.sql('checkpoint')
      const load = { callers, durationMs, postmasterPid: on.postgresPid() }
      results[name].push(await measureCallers(load, contenders[name]))
    }
  }
  await plain.stop()
  await handWritten.stop()
  await engineAlone.stop()
  return results
}

/** Accounts × features in one call. */
async function checkPlatter(on: LimitsBed): Promise<string> {
  const limits = [{ limitKey: 'calls', quantity: 1_000n }]
  const features = Array.from({ length: 100 }, (_, index) => ({ featureKey: `f${index}` }))
  const entitlements = features.map((feature) => ({ ...feature, meterKey: 'calls', limits }))
  await on.client.putPlanEntitlements(
    { tenant: TENANT, planKey: 'wide', version: 1, entitlements },
    on.as,
  )
  await entitle(on, 'wide', 100)
  await on.sql(`
    insert into metering.account_entitlement
    select e.tenant_id, e.account_id, p.feature_key, k.limit_key, e.source_id, case when k.limit_key <> '' then 1000 end,
      case when k.limit_key = '' then '00000000000000000001 call' else '00000000000000000001 rolling 300' end,
      false, false, false, e.start_at, e.end_at
    from metering.account_entitlement as e
    cross join metering.plan_entitlement as p
    cross join (values (''), ('calls')) as k (limit_key)
    where e.account_id like 'wide-%' and e.limit_key = '' and p.plan_key = 'wide'`)
  await on.sql('vacuum analyze')
  const accountIds = Array.from({ length: 100 }, (_, index) => `wide-${index}`)
  const timesMs: number[] = []
  for (let round = 0; round < 10; round += 1) {
    const begin = performance.now()
    const { accounts } = await on.client.checkUsage({ tenant: TENANT, accountIds, features }, on.as)
    timesMs.push(performance.now() - begin)
    const allowed = accounts.flatMap((account) => account.features).filter((f) => f.allowed)
    if (allowed.length !== 10_000) throw new Error('a check was answered wrongly')
  }
  const median = timesMs.toSorted((a, b) => a - b)[5] ?? Number.NaN
  return `100 accounts × 100 features in one check: ${median.toFixed(0)} ms (reach: < 200 ms)\n`
}
