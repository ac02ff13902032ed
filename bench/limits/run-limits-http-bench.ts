import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { spawnNode } from '@purser/testing'
import { z } from 'zod'
import { type LoadFigures, measureLoad } from '../load/measure-load.ts'
import { type Bed, startBed } from '../main-job/bed.ts'

/**
 * Decisions over HTTP through one gateway process, and through a route of Fastify with `rate-limiter-flexible`, on the
 * same Postgres, in turn: `npm run bench:limits-http [-- --rounds 3]`.
 *
 * Equal for both: Fastify, Node's flags, the server and its durable commits, the client and its connections. Ours also
 * authenticates, checks the permission, validates, finds the plan and records each unit for the bill; both answer where the
 * caller stands. All share the machine: on two processors, of which the client takes a tenth, the rates tell what
 * a decision costs in all processes together, and a rate of 3 to 1 needs a third of the rival's processor time.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })

/** As the platform's command runs it: the rival collects less garbage with them, too. */
const MEMORY_FLAGS = ['--max-semi-space-size=32', '--max-old-space-size=512']

const ACCOUNTS = 1_000
const accounts = Array.from({ length: ACCOUNTS }, (_, index) => `caller-${index}`)

const bed = await startBed()
try {
  await prepare(bed)
  const program = join(import.meta.dirname, 'rival-process.ts')
  await using rival = spawnNode([...MEMORY_FLAGS, program, bed.adminUrl])
  const [, ready = ''] = await rival.waitForLine(/^ready (.+)$/m)
  const { url } = z.object({ url: z.url() }).parse(JSON.parse(ready))
  const ours: LoadFigures[] = []
  const theirs: LoadFigures[] = []
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    ours.push(await measureOurs(bed))
    theirs.push(await measureLoad({ url, method: 'POST', paths: ['/consume'], bodies: bodies() }))
    console.error(`round ${round}: ours ${ours.at(-1)?.rate}/s, theirs ${theirs.at(-1)?.rate}/s`)
  }
  console.log(formatReport(middleOf(ours), middleOf(theirs)))
} finally {
  await bed.stop()
}

/** Each account has a rolling limit that is never reached. */
async function prepare(on: Bed): Promise<void> {
  const limits = [{ limit_key: 'calls', quantity: '1000000000', window: 'rolling' }]
  const entitlements = [{ feature_key: 'api', meter_key: 'calls', limits }]
  const meter = { meter_key: 'calls', name: 'Calls', event_type: 'call', aggregation: 'sum' }
  await post(on, '/meters', meter)
  await post(on, '/plans', {
    plan_key: 'limited',
    terms: { name: 'Limited', currency: 'USD', entitlements },
  })
  const named = accounts.map((id) => ({ account_id: id, name: id }))
  await post(on, '/accounts/batch', { accounts: named })
  const subscriptions = accounts.map((id) => ({ account_id: id, plan_key: 'limited' }))
  await post(on, '/subscriptions/batch', { subscriptions })
  for (const body of bodies()) await untilEntitled(on, body)
}

/** Metering is told of a subscription a moment after it is bought. */
async function untilEntitled(on: Bed, body: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const response = await fetch(`${on.url}/api/v1/usage/consume`, {
      method: 'POST',
      headers: { authorization: `Bearer ${on.apiKey}`, 'content-type': 'application/json' },
      body,
    })
    if (response.ok) return
    await sleep(100)
  }
  throw new Error(`no subscription reached metering: ${body}`)
}

function measureOurs({ url, apiKey }: Bed): Promise<LoadFigures> {
  return measureLoad({
    url,
    method: 'POST',
    paths: ['/api/v1/usage/consume'],
    headers: { authorization: `Bearer ${apiKey}` },
    bodies: bodies(),
  })
}

function bodies(): string[] {
  const features = [{ feature_key: 'api', quantity: '1' }]
  return accounts.map((id) => JSON.stringify({ account_id: id, features }))
}

async function post({ url, apiKey }: Bed, path: string, body: object): Promise<void> {
  const response = await fetch(`${url}/api/v1/tenants/acme${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
}

/** The round in the middle by its rate. */
function middleOf(rounds: readonly LoadFigures[]): LoadFigures {
  const sorted = rounds.toSorted((a, b) => a.rate - b.rate)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('at least one round')
  return middle
}

function formatReport(ours: LoadFigures, theirs: LoadFigures): string {
  const line = (name: string, { rate, p50Ms, p99Ms }: LoadFigures) =>
    `| ${name} | ${rate.toLocaleString('en')} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} |`
  return `## Over HTTP: ${ACCOUNTS.toLocaleString('en')} counters, 64 connections (reach: ≥ 8,000/s, p99 ≤ 15 ms; ≥ 3× of the rival)

| | decisions/s | p50 ms | p99 ms |
|---|---|---|---|
${line('one gateway process, each unit recorded for the bill', ours)}
${line('Fastify and rate-limiter-flexible on the same Postgres, nothing recorded', theirs)}

**${(ours.rate / theirs.rate).toFixed(1)}×** of the rival. Middle round of ${values.rounds} in turn, synchronous commits, ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}.
`
}
