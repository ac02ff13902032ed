import { type BlankDatabase, createDatabaseCopy } from '@purser/testing'
import { startServices } from './billing/start-services.ts'

/**
 * A fresh database in which every service is migrated: a copy of one that is made once a test run, since the files of
 * twelve services take seconds each time.
 */
export async function createPlatformDatabase(): Promise<BlankDatabase> {
  return await createDatabaseCopy('platform', async (postgresUrl) => {
    const clock = { now: () => Temporal.Instant.from('2026-01-01T00:00:00Z') }
    const { close } = await startServices({ postgresUrl, clock, maxWorkers: 1 })
    await close()
  })
}
