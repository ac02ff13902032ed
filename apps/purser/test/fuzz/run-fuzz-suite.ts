import { fileURLToPath } from 'node:url'
import { spawnNode, temporaryFolder } from '@purser/testing'
import { manifests } from '../../src/manifests.ts'
import { runFuzzSuite } from './fuzz-suite.ts'

/**
 * `npm run fuzz`: starts a platform of its own and sends it FUZZ_REQUESTS requests (50,000 unless told), made from its
 * OpenAPI document and from FUZZ_SEED; FUZZ_OPERATIONS, an expression such as `^billing`, leaves others out. Ends with `N passed, N failed` by operation and status 1 when something failed.
 */
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const BOOT_TIMEOUT_MS = 120_000
const MOST_OUTPUT = 4_000

const requests = Number(process.env['FUZZ_REQUESTS'] ?? 50_000)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)
const only = new RegExp(process.env['FUZZ_OPERATIONS'] ?? '')
const print = (line: string) => process.stdout.write(`${line}\n`)

await using folder = await temporaryFolder()
await using platform = spawnNode([MAIN, 'start'], {
  cwd: folder.path,
  env: {
    HTTP_PORT: '0',
    SMTP_SINK_PORT: '0',
    ...Object.fromEntries(manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])),
    DATA_DIR: folder.path,
    POSTGRES_URL: undefined,
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_BULK_PER_MINUTE: '0',
    RATE_LIMIT_SENSITIVE_PER_MINUTE: '0',
  },
})
const waiting = { timeoutMs: BOOT_TIMEOUT_MS }
const url = (await platform.waitForLine(/API +(http:\S+)\/api\/v1/, waiting))[1] ?? ''
const adminKey = (await platform.waitForLine(/API key +(pk_\S+)/, waiting))[1] ?? ''

const result = await runFuzzSuite({ url, tenant: 'acme', adminKey, requests, seed, only, print })
const { code } = await platform.kill('SIGTERM')
if (code !== 0) {
  result.failed += 1
  print(`FAILED the platform ended with ${code}`)
}
if (result.failed > 0) print(`what the platform wrote:\n${platform.output().slice(-MOST_OUTPUT)}`)
print(`${result.passed} passed, ${result.failed} failed`)
process.exitCode = result.failed > 0 ? 1 : 0
