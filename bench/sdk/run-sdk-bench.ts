import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Purser } from '@purser/sdk'
import { type NodeProcess, spawnNode } from '@purser/testing'
import { z } from 'zod'
import { startPlatformProcess } from '../../sdk/typescript/test/platform-bed.ts'
import { type LeaseFigures, measureLeases } from './measure-leases.ts'
import { type FrameworkFigures, formatReport, type Kind, kinds } from './report.ts'

/**
 * What the SDK decides and costs, against the whole platform in another process: `node bench/sdk/run-sdk-bench.ts`.
 * `--rounds` (5), `--seconds` of each (4), `--frameworks` (express,fastify,hono).
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    frameworks: { type: 'string', default: 'express,fastify,hono' },
  },
})
const rounds = Number(values.rounds)
const durationMs = Number(values.seconds) * 1_000

const ACCOUNT = 'bench'
const FEATURE = 'bench'
const WARM_UP_MS = 1_500
const LEASE_SIZE = 1_000_000
const LIMIT = { limit_key: 'month', quantity: 1_000_000_000_000, window: 'month' }
const readySchema = z.object({ url: z.url() })

const bed = await startPlatformProcess()
try {
  await bed.entitle(ACCOUNT, FEATURE, [LIMIT])
  const leases = await runLeases()
  const frameworks: FrameworkFigures[] = []
  for (const framework of values.frameworks.split(',').filter((name) => name !== '')) {
    frameworks.push(await runFramework(framework))
  }
  process.stdout.write(formatReport(leases, frameworks))
} finally {
  await bed.stop()
}

async function runLeases(): Promise<LeaseFigures[]> {
  const purser = new Purser(bed.connection)
  const limiter = purser.limiter({ leaseSize: LEASE_SIZE })
  const target = { account: ACCOUNT, feature: FEATURE }
  await measureLeases(limiter, { ...target, durationMs: WARM_UP_MS })
  const figures: LeaseFigures[] = []
  for (let round = 0; round < rounds; round += 1) {
    figures.push(await measureLeases(limiter, { ...target, durationMs }))
  }
  const { units } = await purser.close()
  if (units > 0) throw new Error(`${units} units were not reported`)
  return figures
}

/** All kinds in turn, beginning with another one each round. */
async function runFramework(framework: string): Promise<FrameworkFigures> {
  await using bare = start(framework, 'bare')
  await using leases = start(framework, 'leases')
  await using quiet = start(framework, 'quiet')
  const servers: Record<Kind, NodeProcess> = { bare, leases, quiet }
  const rates: Record<Kind, number[]> = { bare: [], leases: [], quiet: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (const [index] of kinds.entries()) {
      const kind = kinds[(round + index) % kinds.length] ?? 'bare'
      rates[kind].push(await measure(await urlOf(servers[kind])))
    }
    const told = kinds.map((kind) => `${kind} ${rates[kind].at(-1)}/s`).join(', ')
    console.error(`${framework}: ${told}`)
  }
  // In order, so that they return their leases.
  await Promise.all([leases.kill(), quiet.kill()])
  return { framework, rates }
}

function start(framework: string, kind: Kind): NodeProcess {
  const file = join(import.meta.dirname, 'framework-process.ts')
  return spawnNode([file, framework, kind, JSON.stringify(bed.connection), FEATURE])
}

async function urlOf(server: NodeProcess): Promise<string> {
  const [, text = ''] = await server.waitForLine(/^ready (.+)$/m)
  return readySchema.parse(JSON.parse(text)).url
}

/** Requests a second that a server answers. */
async function measure(url: string): Promise<number> {
  const file = join(import.meta.dirname, 'load-process.ts')
  await using load = spawnNode([file, url, ACCOUNT, String(WARM_UP_MS), String(durationMs)])
  const [, rate] = await load.waitForLine(/^rate (\d+)$/m, { timeoutMs: durationMs + 30_000 })
  return Number(rate)
}
