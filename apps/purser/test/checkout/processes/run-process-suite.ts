import { join } from 'node:path'
import { startEmbeddedPostgres } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import { temporaryFolder } from '@purser/testing'
import { type Check, runProcessSuite } from './process-suite.ts'

/**
 * `npm run crash:checkout`: checkouts against real processes on an own Postgres server, raced for stock and killed at
 * every step. Ends with `N passed, N failed` and status 1 when something failed.
 */
await using folder = await temporaryFolder()
const server = await startEmbeddedPostgres({
  dataDir: join(folder.path, 'postgres'),
  log: silentLogger,
})
let passed = 0
let failed = 0

const check: Check = async (name, work) => {
  const beganMs = performance.now()
  try {
    const found = await work()
    passed += 1
    const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1)
    process.stdout.write(`ok ${name} (${seconds} s)${found === undefined ? '' : `: ${found}`}\n`)
  } catch (error) {
    failed += 1
    process.stdout.write(`not ok ${name}: ${error instanceof Error ? error.stack : error}\n`)
  }
}

try {
  await runProcessSuite({ serverUrl: server.adminUrl, dataDir: folder.path, check })
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 ? 1 : 0
} finally {
  await server.stop()
}
