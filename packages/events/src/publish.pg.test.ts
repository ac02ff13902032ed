import { statement } from '@purser/postgres'
import { createTestDatabase, type TestDatabase } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from './event.ts'
import { type NewEvent, publish } from './publish.ts'

const migrationsDir = `${import.meta.dirname}/../migrations`
const selectAll = statement(
  'test.select_outbox',
  `select event_id, tenant_id, subject, payload, occurred_at from outbox order by seq`,
)

type Row = {
  event_id: string
  tenant_id: string
  subject: string
  payload: JsonObject
  occurred_at: Temporal.Instant
}

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase('publisher', migrationsDir)
})
afterAll(() => db.close())

function event(tenantId: string, payload: JsonObject): NewEvent {
  const occurredAt = Temporal.Instant.from('2026-02-01T00:00:00.123456Z')
  return { tenantId, subject: 'invoice.ready', occurredAt, payload }
}

async function outboxOf(tenantId: string): Promise<Row[]> {
  return await db.database.tx(tenantId, (tx) => tx.query<Row>(selectAll))
}

test('what commits leaves in the order given, with every field as it was', async () => {
  const eventId = '01a1fd91-526d-7b7f-9e44-40998d35ff01'
  const awkward = {
    text: `it's "quoted" \\ {braces}, ☃ and \u2028`,
    list: [1, null, { deep: true }],
  }
  await db.database.tx('acme', (tx) =>
    publish(tx, [event('acme', { n: 1 }), { ...event('acme', awkward), eventId }]),
  )
  const [first, second] = await outboxOf('acme')
  expect(first?.payload).toEqual({ n: 1 })
  expect(first?.event_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  expect(second).toMatchObject({ event_id: eventId, tenant_id: 'acme', subject: 'invoice.ready' })
  expect(second?.payload).toEqual(awkward)
  expect(second?.occurred_at.toString()).toBe('2026-02-01T00:00:00.123456Z')
})

test('the order holds for many, written by one statement', async () => {
  const events = Array.from({ length: 3_000 }, (_, n) => event('many', { n }))
  let statements = 0
  await db.database.tx('many', (tx) =>
    publish(
      {
        tenantId: tx.tenantId,
        announce: () => tx.announce(),
        query: (...args) => tx.query(...args),
        execute: (...args) => {
          statements += 1
          return tx.execute(...args)
        },
      },
      events,
    ),
  )
  expect(statements).toBe(1)
  const rows = await outboxOf('many')
  expect(rows.map((row) => row.payload.n)).toEqual(events.map(({ payload }) => payload.n))
  expect(new Set(rows.map((row) => row.event_id)).size).toBe(events.length)
})

test('what rolls back was never said', async () => {
  const change = db.database.tx('undone', async (tx) => {
    await publish(tx, [event('undone', {})])
    throw new Error('no')
  })
  await expect(change).rejects.toThrow('no')
  expect(await outboxOf('undone')).toEqual([])
})

test('a transaction speaks for its own tenant alone, the system for any', async () => {
  const foreign = db.database.tx('acme', (tx) => publish(tx, [event('globex', {})]))
  await expect(foreign).rejects.toThrow('row-level security')
  await db.database.system((tx) => publish(tx, [event('globex', {})]))
  expect((await outboxOf('globex')).length).toBe(1)
  expect(await outboxOf('initech')).toEqual([])
})

test('no events, no statement', async () => {
  await db.database.tx('acme', async (tx) => {
    const refuse = () => Promise.reject(new Error('not called'))
    const announce = () => expect.unreachable()
    const idle = { tenantId: tx.tenantId, query: refuse, execute: refuse, announce }
    await expect(publish(idle, [])).resolves.toBeUndefined()
  })
})
