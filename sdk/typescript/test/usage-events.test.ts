import { type EventRejection, Purser, type UsageEvent } from '@purser/sdk'
import { waitFor } from '@purser/testing'
import { describe, expect, test } from 'vitest'
import { type Asked, problem, type Reply, scriptedServer } from './scripted-server.ts'

const call = { type: 'call', subject: 'ann' }

function eventsOf({ text }: Asked): UsageEvent[] {
  return text.split('\n').map((line) => JSON.parse(line))
}

/** Counts each id once, as the service does. */
function store(ids: Set<string>): (asked: Asked) => Reply {
  return (asked) => {
    const events = eventsOf(asked)
    const accepted = events.filter(({ id }) => !ids.has(id)).length
    for (const { id } of events) ids.add(id)
    const counts = { accepted_count: accepted, duplicate_count: events.length - accepted }
    return { body: { ...counts, rejected_count: 0, rejections: [] } }
  }
}

describe('events', () => {
  test('go in batches of NDJSON, in order, with ids and times', async () => {
    const ids = new Set<string>()
    await using server = await scriptedServer(store(ids))
    const { events } = server.purser({ events: { maxBatchEvents: 2, maxDelayMs: 60_000 } })
    for (const id of ['a', 'b', 'c']) events.record({ ...call, id })
    events.record(call)
    await waitFor(() => server.asked.length === 2)
    events.record({ ...call, id: 'last', time: '2026-02-03T04:05:06Z', quantity: '0.5' })
    await events.flush()
    expect(server.asked.map(({ headers }) => headers['content-type'])).toEqual(
      Array.from({ length: 3 }, () => 'application/x-ndjson'),
    )
    const sent = server.asked.flatMap(eventsOf)
    expect(sent.map(({ id }) => id)).toEqual([
      'a',
      'b',
      'c',
      expect.stringMatching(/^evt_/),
      'last',
    ])
    expect(Date.parse(sent[0]?.time ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(sent[4]).toEqual({ ...call, id: 'last', time: '2026-02-03T04:05:06Z', quantity: '0.5' })
    expect(events.size).toBe(0)
  })

  test('go after a while, also when they are few', async () => {
    const ids = new Set<string>()
    await using server = await scriptedServer(store(ids))
    const { events } = server.purser({ events: { maxDelayMs: 10 } })
    events.record({ ...call, id: 'one' })
    await waitFor(() => ids.has('one'))
  })

  test('stay until they are taken, and count once', async () => {
    const ids = new Set<string>()
    const keep = store(ids)
    await using server = await scriptedServer((asked, count) => {
      // The first answer is lost after the events were stored.
      if (count === 1) keep(asked)
      return count <= 2 ? problem(401, 'auth.invalid_credentials') : keep(asked)
    })
    const { events } = server.purser({ events: { maxDelayMs: 60_000 } })
    events.record({ ...call, id: 'a' })
    await expect(events.flush()).rejects.toMatchObject({ code: 'auth.invalid_credentials' })
    expect(events.size).toBe(1)
    events.record({ ...call, id: 'b' })
    expect(await events.close()).toEqual([])
    expect([...ids]).toEqual(['a', 'b'])
    expect(events.record(call)).toBe(false)
  })

  test('are refused when memory is full, those under way counted', async () => {
    await using server = await scriptedServer(() => 'hang')
    const { events } = server.purser({ events: { maxBatchEvents: 2, maxBufferedEvents: 3 } })
    expect([1, 2].map(() => events.record(call))).toEqual([true, true])
    await waitFor(() => server.asked.length === 1)
    expect([3, 4].map(() => events.record(call))).toEqual([true, false])
    expect(events.size).toBe(3)
  })

  test('or the oldest gives way', async () => {
    const lost: string[] = []
    const { events } = new Purser({
      baseUrl: 'http://127.0.0.1:9',
      apiKey: '',
      tenant: 'acme',
      events: {
        maxBufferedEvents: 2,
        whenFull: 'drop_oldest',
        onLost: (gone) => lost.push(...gone.map(({ id }) => id)),
      },
    })
    for (const id of ['a', 'b', 'c']) expect(events.record({ ...call, id })).toBe(true)
    expect(lost).toEqual(['a'])
    const unsent = await events.close({ timeoutMs: 1 })
    expect(unsent.map(({ id }) => id)).toEqual(['b', 'c'])
  })

  test('that are refused are told one by one; a call that never will be taken is lost as a whole', async () => {
    const rejection = { line: 2, id: 'b', reason: 'unknown_type', message: 'No meter reads it.' }
    await using server = await scriptedServer((_, count) =>
      count === 1
        ? {
            body: {
              accepted_count: 1,
              duplicate_count: 0,
              rejected_count: 1,
              rejections: [rejection],
            },
          }
        : problem(400, 'request.invalid'),
    )
    const rejected: [UsageEvent, EventRejection][] = []
    const lost: string[] = []
    const { events } = server.purser({
      events: {
        onRejected: (...told) => rejected.push(told),
        onLost: (gone) => lost.push(...gone.map(({ id }) => id)),
      },
    })
    events.record({ ...call, id: 'a' })
    events.record({ ...call, id: 'b' })
    await events.flush()
    expect(rejected).toEqual([[expect.objectContaining({ id: 'b' }), rejection]])
    events.record({ ...call, id: 'c' })
    await expect(events.flush()).rejects.toMatchObject({ code: 'request.invalid' })
    expect([lost, events.size]).toEqual([['c'], 0])
  })
})
