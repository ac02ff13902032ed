import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import { temporaryFolder } from '@purser/testing'
import { runCrashSuite } from './crash-suite.ts'

/**
 * `npm run crash [-- --seed N --kills N]`: kills processes at work on an own Postgres server, and compares. Ends with
 * `N passed, N failed` and status 1 when something failed.
 */
const { values } = parseArgs({ options: { seed: { type: 'string' }, kills: { type: 'string' } } })

await using folder = await temporaryFolder()
const server = await startEmbeddedPostgres({
  dataDir: join(folder.path, 'postgres'),
  log: silentLogger,
})
try {
  const { passed, failed, attempts, hits, torn } = await runCrashSuite({
    postgresUrl: server.adminUrl,
    kills: Number(values.kills ?? 50),
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    size: { accounts: 1_600, januaryEvents: 12_000, laterEvents: 8_000 },
    print: (line) => process.stdout.write(`${line}\n`),
  })
  process.stdout.write(
    `${attempts} kills, ${hits} of processes at work, ${torn} between invoice and ledger\n`,
  )
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 ? 1 : 0
} finally {
  await server.stop()
}
