import { startTestRedis } from '@purser/testing'
import {
  consumeOne,
  createMeter,
  entitle,
  type LimitsBed,
  startLimitsBed,
  warmUp,
} from './limits-bed.ts'
import { type Measurement, measureCallers } from './measure-callers.ts'
import { formatCounters } from './report.ts'

/** How many accounts are asked for, by how many callers at once. */
export type Scenario = { prefix: string; counters: number; callers: number }

/** The service that counts in Postgres and the one that counts in Redis, in turn, each with a Postgres of its own. */
export async function compareCounters(
  scenarios: readonly Scenario[],
  times: { rounds: number; durationMs: number },
): Promise<void> {
  await using redis = await startTestRedis()
  const beds = { postgres: await startLimitsBed(), redis: await startLimitsBed(redis.url) }
  try {
    for (const bed of Object.values(beds)) await createMeter(bed)
    for (const scenario of scenarios) {
      const results = await runScenario(beds, scenario, times)
      process.stdout.write(formatCounters(scenario, results))
    }
  } finally {
    for (const bed of Object.values(beds)) await bed.stop()
  }
}

async function runScenario(
  beds: Record<'postgres' | 'redis', LimitsBed>,
  { prefix, counters, callers }: Scenario,
  { rounds, durationMs }: { rounds: number; durationMs: number },
): Promise<Record<'postgres' | 'redis', Measurement[]>> {
  for (const bed of Object.values(beds)) {
    await entitle(bed, prefix, counters)
    await warmUp(bed, prefix, counters)
  }
  const results: Record<'postgres' | 'redis', Measurement[]> = { postgres: [], redis: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (const home of ['postgres', 'redis'] as const) {
      const bed = beds[home]
      await bed.sql('checkpoint')
      const load = { callers, durationMs, postmasterPid: bed.postgresPid() }
      const decide = () => consumeOne(bed, `${prefix}-${Math.floor(Math.random() * counters)}`)
      results[home].push(await measureCallers(load, decide))
    }
  }
  return results
}
