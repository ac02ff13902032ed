import { connectionUrl, createDatabase, type Database, statement } from '@purser/postgres'
import { type Component, createMetrics, silentLogger } from '@purser/runtime'
import { createTestDatabase, type TestDatabase, waitFor } from '@purser/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { EventEnvelope } from './event.ts'
import { HeldBackSubjects } from './held-back-subjects.ts'
import { InProcessBus } from './in-process-bus.ts'
import { publish } from './publish.ts'
import { createRelay, type RelayOptions } from './relay.ts'
import { relayBatch } from './relay-batch.ts'

const migrationsDir = `${import.meta.dirname}/../migrations`
const countOutbox = statement('test.count_outbox', 'select count(*) as waiting from outbox')

let publisher: TestDatabase
let subscriber: TestDatabase
beforeAll(async () => {
  publisher = await createTestDatabase('publisher', migrationsDir)
  subscriber = await createTestDatabase('subscriber', migrationsDir)
})
afterAll(async () => {
  await publisher.close()
  await subscriber.close()
})
beforeEach(() => publisher.adminQuery('truncate publisher.outbox'))

async function say(subject: string, count: number, tenantId = 'acme'): Promise<void> {
  const occurredAt = Temporal.Instant.from('2026-02-01T00:00:00Z')
  const facts = Array.from({ length: count }, (_, n) => ({
    tenantId,
    subject,
    occurredAt,
    payload: { n },
  }))
  await publisher.database.tx(tenantId, (tx) => publish(tx, facts))
}

async function waiting(): Promise<number> {
  const rows = await publisher.database.system((tx) => tx.query<{ waiting: bigint }>(countOutbox))
  return Number(rows[0]?.waiting)
}

/** A bus whose consumers note what they get. */
function listening(consumers: { subject: string; consumer: string; database: Database }[]) {
  const bus = new InProcessBus()
  const heard: Record<string, EventEnvelope[]> = {}
  for (const { consumer, ...where } of consumers) {
    const own: EventEnvelope[] = []
    heard[consumer] = own
    bus.subscribe({ consumer, ...where, handle: async (_tx, event) => void own.push(event) })
  }
  return { bus, heard }
}

function relayOf(bus: InProcessBus, more: Partial<RelayOptions> = {}): Component {
  const outboxes = [publisher.database]
  return createRelay({ bus, outboxes, log: silentLogger, pollIntervalMs: 5, ...more })
}

test('every subscriber gets every event of its subject in order, in its own database', async () => {
  const { bus, heard } = listening([
    { subject: 'invoice.ready', consumer: 'subscriber.mail', database: subscriber.database },
    { subject: 'invoice.ready', consumer: 'publisher.count', database: publisher.database },
    { subject: 'order.placed', consumer: 'subscriber.stock', database: subscriber.database },
  ])
  const metrics = createMetrics({ processMetrics: false })
  const relay = relayOf(bus, { batchSize: 7, metrics })
  await relay.start()
  await say('invoice.ready', 20)
  await say('order.placed', 3)
  await waitFor(async () => (await waiting()) === 0)
  await relay.stop()
  const numbers = (consumer: string) => heard[consumer]?.map(({ payload }) => payload.n)
  expect(numbers('subscriber.mail')).toEqual(Array.from({ length: 20 }, (_, n) => n))
  expect(numbers('publisher.count')).toEqual(numbers('subscriber.mail'))
  expect(numbers('subscriber.stock')).toEqual([0, 1, 2])
  const rows = await subscriber.adminQuery('select from subscriber.inbox')
  expect(rows.length).toBe(23)
  expect(await metrics.text()).toContain(
    'purser_events_total{consumer="subscriber.stock",outcome="done"} 3',
  )
})

test('a commit that published ends the pause of the relay, one that rolled back does not', async () => {
  const { bus, heard } = listening([
    { subject: 'invoice.ready', consumer: 'subscriber.woken', database: subscriber.database },
  ])
  const relay = relayOf(bus, { pollIntervalMs: 600_000 })
  await relay.start()
  const occurredAt = Temporal.Instant.from('2026-02-01T00:00:00Z')
  const fact = { tenantId: 'acme', subject: 'invoice.ready', occurredAt, payload: { n: -1 } }
  const undone = publisher.database.tx('acme', async (tx) => {
    await publish(tx, [fact])
    throw new Error('no')
  })
  await expect(undone).rejects.toThrow('no')
  await say('invoice.ready', 2)
  await waitFor(() => heard['subscriber.woken']?.length === 2)
  await relay.stop()
  expect(heard['subscriber.woken']?.map(({ payload }) => payload.n)).toEqual([0, 1])
})

test('20,000 events that nobody wants go in batches of 1,000 and are never read', async () => {
  const { bus } = listening([
    { subject: 'other.happened', consumer: 'subscriber.other', database: subscriber.database },
  ])
  await say('invoice.ready', 20_000)
  const signal = new AbortController().signal
  const unused = { labels: () => ({ inc: () => {} }), inc: () => {} }
  const delivery = { log: silentLogger, outcomes: unused, signal, handlerTimeoutMs: 1_000 }
  const retries = { maxAttempts: 1, retryDelayMs: 0, maxRetryDelayMs: 0 }
  let batches = 0
  let more = true
  for (; more; batches += 1) {
    const heldBack = new HeldBackSubjects()
    more = await relayBatch(publisher.database, bus, heldBack, 100, { ...delivery, ...retries })
  }
  expect(await waiting()).toBe(0)
  expect(batches).toBe(21)
})

test('a failing event does not hold up its neighbours and is retried by the relay', async () => {
  const bus = new InProcessBus()
  const heard: unknown[] = []
  bus.subscribe({
    subject: 'invoice.ready',
    consumer: 'subscriber.retry',
    database: subscriber.database,
    handle: async (_tx, { payload }) => {
      if (payload.n === 1 && heard.length < 3) throw new Error('not before the others')
      heard.push(payload.n)
    },
  })
  const relay = relayOf(bus, { retryDelayMs: 1 })
  await relay.start()
  await say('invoice.ready', 4)
  await waitFor(() => heard.length === 4)
  await relay.stop()
  expect(heard).toEqual([0, 2, 3, 1])
})

test('two relays share an outbox: one takes what lies behind the batch of the other', async () => {
  const where = { subject: 'invoice.ready', database: subscriber.database }
  const busyBus = new InProcessBus()
  const busyHeard: unknown[] = []
  const release = Promise.withResolvers<void>()
  busyBus.subscribe({
    ...where,
    consumer: 'subscriber.shared',
    handle: async (_tx, { payload }) => {
      busyHeard.push(payload.n)
      await release.promise
    },
  })
  const { bus, heard } = listening([{ ...where, consumer: 'subscriber.shared' }])
  await say('invoice.ready', 30)
  const busy = relayOf(busyBus, { batchSize: 5 })
  const other = relayOf(bus, { batchSize: 10 })
  await busy.start()
  await waitFor(() => busyHeard.length === 1)
  await other.start()
  await waitFor(() => heard['subscriber.shared']?.length === 25)
  await waitFor(async () => (await waiting()) === 5)
  release.resolve()
  await waitFor(async () => (await waiting()) === 0)
  await Promise.all([busy.stop(), other.stop()])
  expect(busyHeard).toEqual([0, 1, 2, 3, 4])
  const numbers = heard['subscriber.shared']?.map(({ payload }) => payload.n)
  expect(numbers).toEqual(Array.from({ length: 25 }, (_, n) => n + 5))
})

test('a concurrent consumer gets several events at once', async () => {
  const bus = new InProcessBus()
  const together = Promise.withResolvers<void>()
  let inside = 0
  bus.subscribe({
    subject: 'invoice.ready',
    consumer: 'subscriber.wide',
    database: subscriber.database,
    concurrency: 3,
    handle: async () => {
      inside += 1
      if (inside === 3) together.resolve()
      await together.promise
    },
  })
  const relay = relayOf(bus)
  await relay.start()
  await say('invoice.ready', 3)
  await waitFor(async () => (await waiting()) === 0)
  await relay.stop()
  expect(inside).toBe(3)
})

test('while a subscriber has no database its events stay and all others pass', async () => {
  const missing = connectionUrl(publisher.adminUrl, { database: 'no_such_database' })
  const away = createDatabase({ url: missing, schema: 'away', log: silentLogger })
  const { bus, heard } = listening([
    { subject: 'invoice.ready', consumer: 'away.mail', database: away },
    { subject: 'order.placed', consumer: 'subscriber.stock', database: subscriber.database },
  ])
  await say('invoice.ready', 10)
  await say('order.placed', 5)
  const relay = relayOf(bus, { batchSize: 10 })
  await relay.start()
  await waitFor(() => heard['subscriber.stock']?.length === 5)
  await relay.stop()
  expect(await waiting()).toBe(10)
  expect(heard['away.mail']).toEqual([])
  await away.close()
})

test('drain lets the handler under way finish, stop breaks it off and loses nothing', async () => {
  const bus = new InProcessBus()
  const started = Promise.withResolvers<void>()
  const hang = Promise.withResolvers<void>()
  bus.subscribe({
    subject: 'invoice.ready',
    consumer: 'subscriber.slow',
    database: subscriber.database,
    handle: async () => {
      started.resolve()
      await hang.promise
    },
  })
  await say('invoice.ready', 1)
  const relay = relayOf(bus)
  await relay.start()
  await started.promise
  let drained = false
  const draining = relay.drain?.().then(() => {
    drained = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(drained).toBe(false)
  await relay.stop()
  await draining
  expect(await waiting()).toBe(1)

  const again = listening([
    { subject: 'invoice.ready', consumer: 'subscriber.slow', database: subscriber.database },
  ])
  const next = relayOf(again.bus)
  await next.start()
  await waitFor(() => again.heard['subscriber.slow']?.length === 1)
  await next.drain?.()
  expect(await waiting()).toBe(0)
  await next.stop()
})
