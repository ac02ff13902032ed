import { type Database, statement } from '@purser/postgres'
import { noMetrics, silentLogger } from '@purser/runtime'
import { createTestDatabase, type TestDatabase } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DeliveryOptions, deliver, deliverAgain } from './delivery.ts'
import type { EventEnvelope } from './event.ts'
import type { Subscription } from './in-process-bus.ts'
import { listDueEvents } from './inbox.ts'
import { listParked, pruneInbox, replayParked } from './parked.ts'

const migrationsDir = `${import.meta.dirname}/../migrations`
const options: DeliveryOptions = {
  log: silentLogger,
  outcomes: noMetrics.counter('test', 'test', ['consumer', 'outcome']),
  handlerTimeoutMs: 10_000,
  signal: new AbortController().signal,
  maxAttempts: 3,
  retryDelayMs: 0,
  maxRetryDelayMs: 0,
}
/** The effect that a handler leaves: a row in a table of the test's own. */
const insertEffect = statement(
  'test.insert_effect',
  'insert into inbox (tenant_id, consumer, event_id, state, subject, occurred_at) ' +
    `select $1, 'effect', gen_random_uuid(), 'done', $2, now()`,
)
const countEffects = statement(
  'test.count_effects',
  `select count(*) as effects from inbox where consumer = 'effect' and subject = $1`,
)
const selectRow = statement(
  'test.select_row',
  `select state, failed_attempts, last_error, payload from inbox where consumer = $1`,
)

let db: TestDatabase
let database: Database
beforeAll(async () => {
  db = await createTestDatabase('consumer', migrationsDir)
  database = db.database
})
afterAll(() => db.close())

function event(subject: string, tenantId = 'acme'): EventEnvelope {
  const occurredAt = Temporal.Instant.from('2026-02-01T00:00:00Z')
  return { eventId: crypto.randomUUID(), tenantId, subject, occurredAt, payload: { subject } }
}

/** A consumer that leaves an effect and then does what `after` says. */
function subscriber(consumer: string, after: () => Promise<void> = async () => {}): Subscription {
  return {
    subject: consumer,
    consumer,
    database,
    handle: async (tx, { tenantId, subject }) => {
      await tx.execute(insertEffect, [tenantId, subject])
      await after()
    },
  }
}

async function effectsOf(subject: string, tenantId = 'acme'): Promise<number> {
  const rows = await database.tx(tenantId, (tx) =>
    tx.query<{ effects: bigint }>(countEffects, [subject]),
  )
  return Number(rows[0]?.effects)
}

async function rowOf(consumer: string) {
  type Row = { state: string; failed_attempts: number; last_error: string; payload: object | null }
  const rows = await database.tx('acme', (tx) => tx.query<Row>(selectRow, [consumer]))
  return rows[0]
}

/** Makes the attempts of one consumer that are due. */
async function retry(subscription: Subscription) {
  const due = await database.system((tx) => listDueEvents(tx, [subscription.consumer], 10))
  return await Promise.all(due.map((each) => deliverAgain(subscription, each.event, options)))
}

describe('an event acts once', () => {
  test('however often it is delivered: a crash before the removal from the outbox', async () => {
    const subscription = subscriber('once')
    const fact = event('once')
    expect(await deliver(subscription, fact, options)).toBe('done')
    expect(await deliver(subscription, fact, options)).toBe('repeated')
    expect(await effectsOf('once')).toBe(1)
    expect(await rowOf('once')).toMatchObject({ state: 'done', payload: null })
  })

  test('also when it is delivered several times at the same moment', async () => {
    const subscription = subscriber('at-once')
    const fact = event('at-once')
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => deliver(subscription, fact, options)),
    )
    expect(outcomes.toSorted()).toEqual(['done', 'repeated', 'repeated', 'repeated', 'repeated'])
    expect(await effectsOf('at-once')).toBe(1)
  })

  test('for each consumer by itself, and for each tenant', async () => {
    const fact = event('shared')
    const outcomes = [
      await deliver({ ...subscriber('shared'), consumer: 'shared.a' }, fact, options),
      await deliver({ ...subscriber('shared'), consumer: 'shared.b' }, fact, options),
      await deliver(subscriber('shared'), { ...fact, tenantId: 'globex' }, options),
    ]
    expect(outcomes).toEqual(['done', 'done', 'done'])
    expect(await effectsOf('shared')).toBe(2)
    expect(await effectsOf('shared', 'globex')).toBe(1)
  })
})

describe('a failing handler', () => {
  test('leaves no effect, is retried with the same event and acts once in the end', async () => {
    const failures = ['first\0', 'second']
    const subscription = subscriber('shaky', async () => {
      const failure = failures.shift()
      if (failure) throw new Error(failure)
    })
    const fact = event('shaky')
    expect(await deliver(subscription, fact, options)).toBe('retrying')
    expect(await rowOf('shaky')).toEqual({
      state: 'retrying',
      failed_attempts: 1,
      last_error: 'Error: first',
      payload: fact.payload,
    })
    expect(await effectsOf('shaky')).toBe(0)
    expect(await deliver(subscription, fact, options)).toBe('repeated')
    expect(await retry(subscription)).toEqual(['retrying'])
    expect(await retry(subscription)).toEqual(['done'])
    expect(await retry(subscription)).toEqual([])
    expect(await effectsOf('shaky')).toBe(1)
    expect(await rowOf('shaky')).toMatchObject({ state: 'done', failed_attempts: 2, payload: null })
  })

  test('is parked after its last attempt, and a replay gives it all attempts again', async () => {
    let broken = true
    const subscription = subscriber('broken', async () => {
      if (broken) throw new TypeError('no such field')
    })
    const fact = event('broken')
    expect(await deliver(subscription, fact, options)).toBe('retrying')
    expect(await retry(subscription)).toEqual(['retrying'])
    expect(await retry(subscription)).toEqual(['parked'])
    expect(await retry(subscription)).toEqual([])
    expect(await deliver(subscription, fact, options)).toBe('repeated')
    expect(await listParked(database)).toEqual([
      { consumer: 'broken', event: fact, failedAttempts: 3, lastError: 'TypeError: no such field' },
    ])
    expect(await replayParked(database, 'globex')).toBe(0)
    expect(await replayParked(database, 'acme', { consumer: 'other' })).toBe(0)
    expect(await replayParked(database, 'acme', { eventId: fact.eventId })).toBe(1)
    broken = false
    expect(await retry(subscription)).toEqual(['done'])
    expect(await listParked(database)).toEqual([])
    expect(await effectsOf('broken')).toBe(1)
  })

  test('with a single attempt is parked at once', async () => {
    const subscription = subscriber('strict', () => Promise.reject(new Error('no')))
    const single = { ...options, maxAttempts: 1 }
    expect(await deliver(subscription, event('strict'), single)).toBe('parked')
    await replayParked(database, 'acme', { consumer: 'strict' })
    expect(await retry({ ...subscription, handle: async () => {} })).toEqual(['done'])
  })

  test('is attempted by one process at a time', async () => {
    let running = 0
    let most = 0
    let failing = true
    const subscription = subscriber('crowd', async () => {
      if (failing) throw new Error('not yet')
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 20))
      running -= 1
    })
    await deliver(subscription, event('crowd'), options)
    failing = false
    const rounds = await Promise.all([retry(subscription), retry(subscription)])
    expect(rounds.flat().filter((outcome) => outcome === 'done')).toEqual(['done'])
    expect(most).toBe(1)
    expect(await effectsOf('crowd')).toBe(1)
  })

  test('that hangs is ended and counted as a failure', async () => {
    const subscription = subscriber('hanging', () => new Promise(() => {}))
    const hasty = { ...options, handlerTimeoutMs: 50 }
    expect(await deliver(subscription, event('hanging'), hasty)).toBe('retrying')
    expect((await rowOf('hanging'))?.last_error).toContain('TimeoutError')
  })

  test('waits twice as long after each failure, up to the bound', async () => {
    const subscription = subscriber('patient', () => Promise.reject(new Error('no')))
    const slow = { ...options, maxAttempts: 9, retryDelayMs: 60_000, maxRetryDelayMs: 200_000 }
    const fact = event('patient')
    const waits: number[] = []
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await (attempt === 1 ? deliver : deliverAgain)(subscription, fact, slow)
      const [row] = await db.adminQuery<{ wait: number }>(
        `update consumer.inbox as changed set retry_at = now() - interval '1 second'
         from consumer.inbox as before
         where changed.consumer = 'patient' and before.consumer = 'patient'
         returning extract(epoch from before.retry_at - before.updated_at)::float8 as wait`,
      )
      waits.push(Number(row?.wait.toFixed(3)))
    }
    // The first row is dated by its insert, the others by their update: both are the transaction's now().
    expect(waits).toEqual([60, 120, 200, 200])
  })
})

test('what the stop of the process breaks off counts as not attempted', async () => {
  const stopping = new AbortController()
  const subscription = subscriber('stopped', async () => {
    stopping.abort(new Error('stopping'))
    await new Promise(() => {})
  })
  const fact = event('stopped')
  const delivery = deliver(subscription, fact, { ...options, signal: stopping.signal })
  await expect(delivery).rejects.toThrow('stopping')
  expect(await rowOf('stopped')).toBeUndefined()
  expect(await deliver(subscriber('stopped'), fact, options)).toBe('done')
})

test('pruning forgets handled events of before, and nothing else', async () => {
  await deliver(subscriber('pruned'), event('pruned'), options)
  await deliver(
    subscriber('kept', () => Promise.reject(new Error('no'))),
    event('kept'),
    options,
  )
  const now = Temporal.Now.instant()
  expect(await pruneInbox(database, now.subtract({ hours: 1 }))).toBe(0)
  expect(await pruneInbox(database, now.add({ hours: 1 }), 1)).toBe(1)
  await pruneInbox(database, now.add({ hours: 1 }))
  expect(await rowOf('pruned')).toBeUndefined()
  expect(await rowOf('kept')).toMatchObject({ state: 'retrying' })
})
