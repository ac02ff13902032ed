import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePorts, spawnNode, temporaryFolder } from '@purser/testing'
import { manifests } from '../../apps/purser/src/manifests.ts'

/**
 * From the command to the first answered request, on the embedded Postgres: once with nothing there, then with the data
 * and the compiled modules of before: `npm run bench:start [-- --rounds 5]`.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })

const COMMAND = join(import.meta.dirname, '../../apps/purser/bin/purser.mjs')
const POLL_MS = 10

await using folder = await temporaryFolder()
const firstSeconds = await startOnce()
const warmSeconds: number[] = []
for (let round = 0; round < Number(values.rounds); round += 1) warmSeconds.push(await startOnce())
const sorted = warmSeconds.toSorted((left, right) => left - right)
const text = (seconds: number | undefined) => `${seconds?.toFixed(2)} s`
console.log(`## Start: from the command to the first answered request

| measure | reach | measured |
|---|---|---|
| warm, median of ${sorted.length} | < 3 s | **${text(sorted[Math.floor(sorted.length / 2)])}** (${text(sorted[0])} to ${text(sorted.at(-1))}) |
| first, with nothing there | | ${text(firstSeconds)} |

${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, ${manifests.length} services and the gateway in one process.`)

/** Seconds until the health route answers; then stops the platform. */
async function startOnce(): Promise<number> {
  const [port] = await freePorts(1)
  const grpcPorts = manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])
  const env = {
    ...Object.fromEntries(grpcPorts),
    HTTP_PORT: String(port),
    DATA_DIR: folder.path,
    LOG_LEVEL: 'error',
  }
  const begin = performance.now()
  await using platform = spawnNode([COMMAND, 'start'], { cwd: folder.path, env })
  while (!(await isAnswered(`http://localhost:${port}/health/live`))) await delay(POLL_MS)
  const seconds = (performance.now() - begin) / 1_000
  await platform.waitForLine(/Ctrl-C/)
  await platform.kill('SIGINT')
  return seconds
}

async function isAnswered(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined)
  return answer?.ok === true
}
