import { PurserError } from '@purser/kernel'
import { statement } from '@purser/postgres'
import { createMetrics, silentLogger } from '@purser/runtime'
import { createTestDatabase, type TestDatabase, waitFor } from '@purser/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { EventEnvelope } from './event.ts'
import { type Forwarding, InProcessBus } from './in-process-bus.ts'
import { listParked, replayParked } from './parked.ts'
import { publish } from './publish.ts'
import { createRelay } from './relay.ts'

const migrationsDir = `${import.meta.dirname}/../migrations`
const countOutbox = statement('test.count_outbox', 'select count(*) as waiting from outbox')

let publisher: TestDatabase
beforeAll(async () => {
  publisher = await createTestDatabase('publisher', migrationsDir)
})
afterAll(() => publisher.close())
beforeEach(() => publisher.adminQuery('truncate publisher.outbox, publisher.inbox'))

async function say(tenantId: string, ...names: string[]): Promise<void> {
  const occurredAt = Temporal.Instant.from('2026-02-01T00:00:00Z')
  const facts = names.map((name) => ({
    tenantId,
    subject: 'audit.recorded',
    occurredAt,
    payload: { name },
  }))
  await publisher.database.tx(tenantId, (tx) => publish(tx, facts))
}

async function waiting(): Promise<number> {
  const rows = await publisher.database.system((tx) => tx.query<{ waiting: bigint }>(countOutbox))
  return Number(rows[0]?.waiting)
}

/** Runs a relay that forwards until `isDone`; `parks` what is refused three times. */
async function relayUntil(
  forward: Forwarding['forward'],
  isDone: () => Promise<boolean>,
  { parks = false } = {},
) {
  const bus = new InProcessBus()
  const inbox = parks ? { inbox: publisher.database } : {}
  bus.forward({ subject: 'audit.recorded', consumer: 'far.log', forward, ...inbox })
  const metrics = createMetrics({ processMetrics: false })
  const outboxes = [publisher.database]
  const attempts = { maxAttempts: 3, retryDelayMs: 5 }
  const common = { bus, outboxes, log: silentLogger, metrics, pollIntervalMs: 5 }
  const relay = createRelay({ ...common, ...attempts })
  await relay.start()
  await waitFor(isDone)
  await relay.stop()
  return await metrics.text()
}

const names = (events: readonly EventEnvelope[]) => events.map(({ payload }) => payload.name)

test('events go on tenant by tenant, in order, many in one call', async () => {
  await say('acme', 'a1', 'a2')
  await say('globex', 'g1')
  await say('acme', 'a3')
  const taken: [string, unknown[]][] = []
  const metrics = await relayUntil(
    async (tenantId, events) => void taken.push([tenantId, names(events)]),
    async () => (await waiting()) === 0,
  )
  expect(taken).toEqual([
    ['acme', ['a1', 'a2', 'a3']],
    ['globex', ['g1']],
  ])
  expect(metrics).toContain('purser_events_total{consumer="far.log",outcome="done"} 4')
})

test('what is not taken stays and comes again with the same ids; other tenants go on', async () => {
  await say('acme', 'a1')
  await say('globex', 'g1')
  const ids: string[] = []
  const taken: unknown[] = []
  await relayUntil(
    async (tenantId, events) => {
      if (tenantId === 'acme') ids.push(...events.map(({ eventId }) => eventId))
      if (tenantId === 'acme' && ids.length === 1) throw new Error('not now')
      taken.push(...names(events))
    },
    async () => (await waiting()) === 0,
  )
  expect(taken).toEqual(['g1', 'a1'])
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
})

test('what is refused is parked after its last attempt, and tried again when told; others go on', async () => {
  await say('acme', 'a1', 'bad', 'a3')
  await say('globex', 'g1')
  const taken: unknown[] = []
  let refusals = 0
  const refuse: Forwarding['forward'] = async (_tenantId, events) => {
    if (names(events).includes('bad')) {
      if (events.length === 1) refusals += 1
      throw new PurserError('request.invalid', 'bad is refused')
    }
    taken.push(...names(events))
  }
  const parked = () => listParked(publisher.database)
  const isParked = async () => (await parked()).length === 1
  const metrics = await relayUntil(refuse, isParked, { parks: true })
  expect(taken).toEqual(['a1', 'a3', 'g1'])
  expect(refusals).toBe(3)
  expect(await waiting()).toBe(0)
  expect(await parked()).toMatchObject([
    {
      consumer: 'far.log',
      event: { tenantId: 'acme', subject: 'audit.recorded', payload: { name: 'bad' } },
      failedAttempts: 3,
      lastError: 'PurserError: bad is refused',
    },
  ])
  expect(metrics).toContain('purser_events_total{consumer="far.log",outcome="parked"} 1')
  await say('acme', 'a4')
  expect(await replayParked(publisher.database, 'acme')).toBe(1)
  const takeAll: Forwarding['forward'] = async (_tenantId, events) =>
    void taken.push(...names(events))
  await relayUntil(takeAll, async () => taken.length === 5, { parks: true })
  expect(taken.slice(3).toSorted()).toEqual(['a4', 'bad'])
  expect(await parked()).toEqual([])
})

test('what nobody answers is never parked: it stays in order until somebody does', async () => {
  await say('acme', 'a1', 'a2')
  let attempts = 0
  const taken: unknown[] = []
  await relayUntil(
    async (_tenantId, events) => {
      attempts += 1
      if (attempts <= 2) throw new PurserError('platform.unavailable', 'nobody is there')
      taken.push(...names(events))
    },
    async () => (await waiting()) === 0,
    { parks: true },
  )
  expect(taken).toEqual(['a1', 'a2'])
  expect(await publisher.adminQuery('select state from publisher.inbox')).toEqual([])
})

test('what waits when the process stops is there for the next one', async () => {
  await say('acme', 'kept')
  await relayUntil(
    (_tenantId, _events, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
    async () => true,
  )
  expect(await waiting()).toBe(1)
})

test('the same receiver is named once, and before the relay starts', () => {
  const bus = new InProcessBus()
  const forwarding = { subject: 'audit.recorded', consumer: 'far.log', forward: async () => {} }
  bus.forward(forwarding)
  expect(() => bus.forward(forwarding)).toThrow('twice')
  expect(bus.subjects()).toEqual(['audit.recorded'])
  bus.seal()
  expect(() => bus.forward({ ...forwarding, consumer: 'other' })).toThrow('has started')
})
