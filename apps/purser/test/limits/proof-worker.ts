import { closeSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { json } from 'node:stream/consumers'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { createClient } from '@connectrpc/connect'
import { isPurserError } from '@purser/kernel'
import { createMeteringService } from '@purser/metering'
import { createDatabase } from '@purser/postgres'
import { asService, createPrincipalCodec, createServiceHost } from '@purser/rpc'
import { silentLogger } from '@purser/runtime'
import type { LeaseTask, ProofCount, ProofNode, ProofTask } from './proof-task.ts'

/**
 * A node of the proof: `proof-worker.ts NODE`, as JSON. It runs the metering service on a pool of its own and does
 * what it is sent over HTTP. Says `listening PORT` when it is ready. Its clock is off, as nodes' clocks are.
 */

const RETRY_MS = 20
const REFUSED_PAUSE_MS = 5

const node = JSON.parse(process.argv[2] ?? '{}') as ProofNode
const rightNow = Date.now.bind(Date)
Date.now = () => rightNow() + node.clockOffMs
const database = createDatabase({
  url: node.postgresUrl,
  schema: 'metering',
  role: 'purser_metering',
  password: node.password,
  maxConnections: 4,
  log: silentLogger,
})
const service = createMeteringService({
  database,
  clock: { now: () => Temporal.Instant.fromEpochMilliseconds(Date.now()) },
  maxWorkers: 2,
  maxDbJobs: 2,
  log: { warn: () => undefined },
})
const host = createServiceHost({
  services: [service.definition],
  log: silentLogger,
  principals: createPrincipalCodec({ key: 'a key of the proof, of thirty-two bytes.' }),
})
const client = createClient(MeteringService, host.transport())

async function consume(task: ProofTask, number: number): Promise<keyof ProofCount> {
  const { tenant, accountId, featureKey, idPrefix } = task
  const id = idPrefix === undefined ? {} : { id: `${idPrefix}-${number}` }
  const request = { tenant, accountId, features: [{ featureKey }], ...id }
  for (;;) {
    try {
      await client.consumeUsage(request, asService('proof', tenant))
      return 'admitted'
    } catch (error) {
      if (isPurserError(error) && error.code === 'metering.limit_exceeded') return 'refused'
      if (!task.persistent) return 'failed'
      await delay(RETRY_MS)
    }
  }
}

async function run(task: ProofTask): Promise<ProofCount> {
  const { requests, durationMs = 0, callers, ackFile } = task
  const count: ProofCount = { admitted: 0, refused: 0, failed: 0 }
  const endMs = performance.now() + durationMs
  const file = ackFile === undefined ? undefined : openSync(ackFile, 'a')
  let next = 0
  const call = async () => {
    while (next < requests || performance.now() < endMs) {
      const number = task.from + next
      next += 1
      const outcome = await consume(task, number)
      count[outcome] += 1
      if (outcome === 'admitted' && file !== undefined) writeSync(file, `${number}\n`)
      if (outcome === 'refused' && durationMs > 0) await delay(REFUSED_PAUSE_MS)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  if (file !== undefined) closeSync(file)
  return count
}

async function borrow(task: LeaseTask): Promise<{ units: number }> {
  const { tenant, accountId, featureKey, leaseId, leaseSeconds } = task
  const as = asService('proof', tenant)
  const lease = await client.borrowUsage(
    { tenant, accountId, featureKey, leaseId, quantity: BigInt(task.units), leaseSeconds },
    as,
  )
  const usedQuantity = BigInt(task.reported)
  await client.reportLease({ tenant, leaseId, sequence: 1n, usedQuantity }, as)
  return { units: Number(lease.quantity) }
}

const server = createServer((request, response) => {
  const work = async () => {
    const task = await json(request)
    const answer = request.url === '/lease' ? borrow(task as LeaseTask) : run(task as ProofTask)
    response.end(JSON.stringify(await answer))
  }
  work().catch((error: unknown) => {
    response.statusCode = 500
    response.end(String(error))
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  process.stdout.write(`listening ${port}\n`)
})
