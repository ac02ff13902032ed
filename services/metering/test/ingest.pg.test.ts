import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventJson, type Metering, startMetering } from './metering-harness.ts'

let metering: Metering

beforeAll(async () => {
  metering = await startMetering()
  await metering.createMeter('acme')
})
afterAll(() => metering.close())

async function sumOf(accountId: string): Promise<string> {
  const { rows } = await metering.client.queryUsage(
    {
      tenant: 'acme',
      meterKey: 'requests',
      accountId,
      startTime: { seconds: 0n, nanos: 0 },
      endTime: { seconds: 4_000_000_000n, nanos: 0 },
    },
    metering.as('acme'),
  )
  return rows[0]?.value ?? '0'
}

describe('what is counted', () => {
  test('an event counts once, however often and in whatever piece it is sent', async () => {
    const line = eventJson({ id: 'once', subject: 'once', quantity: 5 })
    const first = await metering.ingest('acme', `${line}\n${line}\n`, 'application/x-ndjson', 7)
    const second = await metering.ingest('acme', line, 'application/json', 1_000)
    expect(first).toMatchObject({ acceptedCount: 1n, duplicateCount: 1n, rejectedCount: 0n })
    expect(second).toMatchObject({ acceptedCount: 0n, duplicateCount: 1n })
    expect(await sumOf('once')).toBe('5')
  })

  test('the same id of another source or tenant is another event', async () => {
    await metering.createMeter('other')
    const a = eventJson({ id: 'same', subject: 'same', source: 'a', quantity: 1 })
    const b = eventJson({ id: 'same', subject: 'same', source: 'b', quantity: 2 })
    expect((await metering.ingest('acme', `${a}\n${b}`)).acceptedCount).toBe(2n)
    expect((await metering.ingest('other', a)).acceptedCount).toBe(1n)
    expect(await sumOf('same')).toBe('3')
  })

  test('50 calls with the same events in different order store each once and do not deadlock', async () => {
    const lines = Array.from({ length: 200 }, (_, index) =>
      eventJson({ id: `race-${index}`, subject: 'race', quantity: 1 }),
    )
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const order = index % 2 === 0 ? lines : lines.toReversed()
        return metering.ingest('acme', order.join('\n'), 'application/x-ndjson', 4_096)
      }),
    )
    const accepted = answers.reduce((sum, answer) => sum + answer.acceptedCount, 0n)
    const duplicates = answers.reduce((sum, answer) => sum + answer.duplicateCount, 0n)
    expect(accepted).toBe(200n)
    expect(duplicates).toBe(50n * 200n - 200n)
    expect(await sumOf('race')).toBe('200')
  })

  test('a body of many batches is stored whole', async () => {
    const lines = Array.from({ length: 12_001 }, (_, index) =>
      eventJson({ id: `many-${index}`, subject: 'many', quantity: 2 }),
    )
    const answer = await metering.ingest('acme', lines.join('\n'), 'application/x-ndjson', 65_536)
    expect(answer.acceptedCount).toBe(12_001n)
    expect(await sumOf('many')).toBe('24002')
  })
})

describe('exact quantities', () => {
  test.each([
    ['9007199254740993', 9007199254740993n.toString()],
    ['0.1', '0.1'],
    ['"123456789.123456789123456789"', '123456789.123456789123456789'],
    ['123456789.123456789', '123456789.123456789'],
    ['0.000000000000000001', '0.000000000000000001'],
  ])('%s is stored as %s', async (literal, expected) => {
    await metering
      .createMeter('exact', { eventPolicy: { maxQuantity: '99999999999999999999' } })
      .catch(() => undefined)
    const subject = `exact-${literal.replaceAll(/\W/g, '_')}`
    const line = eventJson({ id: subject, subject }).replace(
      '"quantity":1',
      `"quantity":${literal}`,
    )
    expect(await metering.ingest('exact', line)).toMatchObject({ acceptedCount: 1n })
    const { events } = await metering.client.listEvents(
      { tenant: 'exact', accountId: subject },
      metering.as('exact'),
    )
    expect(events[0]?.quantity).toBe(expected)
  })
})

describe('what is refused', () => {
  test('a bad line spoils no neighbour, and is told by its number and reason', async () => {
    const body = [
      eventJson({ id: 'n1', subject: 'neighbours' }),
      '{"id": "broken"',
      '',
      eventJson({ id: 'n2', subject: 'neighbours', surprise: true }),
      eventJson({ id: 'n3', type: 'never-heard-of' }),
      eventJson({ id: 'n4', quantity: -1 }),
      eventJson({ id: 'n5', time: '2020-01-01T00:00:00Z' }),
      eventJson({ id: 'n6', time: '2026-03-01T00:00:00Z' }),
      eventJson({ id: 'n7', quantity: '1000000000001' }),
      eventJson({ id: 'n8', quantity: '0.1234567890123456789' }),
      eventJson({ id: 'n9', subject: 'neighbours' }),
    ].join('\n')
    const answer = await metering.ingest('acme', body)
    expect(answer).toMatchObject({ acceptedCount: 2n, duplicateCount: 0n, rejectedCount: 8n })
    expect(answer.rejections.map(({ line, id, reason }) => [Number(line), id, reason])).toEqual([
      [2, '', 'invalid_json'],
      [4, 'n2', 'invalid_event'],
      [5, 'n3', 'unknown_type'],
      [6, 'n4', 'quantity_negative'],
      [7, 'n5', 'time_too_old'],
      [8, 'n6', 'time_too_far_ahead'],
      [9, 'n7', 'quantity_too_large'],
      [10, 'n8', 'quantity_too_precise'],
    ])
    expect(await sumOf('neighbours')).toBe('2')
  })

  test('the policy of the meter decides', async () => {
    await metering.createMeter('strict', {
      eventPolicy: { integerOnly: true, allowNegative: true, maxPastDays: 1, maxQuantity: '10' },
    })
    const fresh = { time: '2026-02-15T00:00:00Z' }
    const body = [
      eventJson({ ...fresh, id: 'ok', quantity: -3 }),
      eventJson({ ...fresh, id: 'fraction', quantity: 1.5 }),
      eventJson({ ...fresh, id: 'large', quantity: -11 }),
      eventJson({ id: 'old', time: '2026-02-14T00:00:00Z' }),
    ].join('\n')
    const answer = await metering.ingest('strict', body)
    expect(answer.acceptedCount).toBe(1n)
    expect(answer.rejections.map(({ id, reason }) => [id, reason])).toEqual([
      ['fraction', 'quantity_fractional'],
      ['large', 'quantity_too_large'],
      ['old', 'time_too_old'],
    ])
  })

  test('invalid bytes and overlong lines are refused alone', async () => {
    const good = eventJson({ id: 'bytes', subject: 'bytes' })
    const body = Buffer.concat([
      Buffer.from('{"id":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}\n'),
      Buffer.from(`${'x'.repeat(70_000)}\n`),
      Buffer.from(good),
    ])
    const answer = await metering.ingest('acme', body, 'application/x-ndjson', 1_000)
    expect(answer.acceptedCount).toBe(1n)
    expect(answer.rejections.map(({ line, reason }) => [Number(line), reason])).toEqual([
      [1, 'invalid_json'],
      [2, 'line_too_long'],
    ])
  })

  test('a body of an unknown media type, and one that is no JSON, are refused whole', async () => {
    await expect(metering.ingest('acme', 'a,b', 'text/csv')).rejects.toMatchObject({
      code: 'request.unsupported_media_type',
    })
    await expect(metering.ingest('acme', '[{', 'application/json')).rejects.toMatchObject({
      code: 'request.invalid_json',
    })
  })

  test.each(['consume', 'reservation', 'lease'])(
    'the source "%s" is that of limits',
    async (source) => {
      const subject = `reserved-${source}`
      const body = [
        eventJson({ id: `${subject}-1`, subject }),
        eventJson({ id: `${subject}-2`, subject, source }),
        eventJson({ id: `${subject}-3`, subject }),
      ]
      const answer = await metering.ingest('acme', body.join('\n'))
      expect(answer).toMatchObject({ acceptedCount: 2n, rejectedCount: 1n })
      expect(answer.rejections).toMatchObject([
        {
          line: 2n,
          id: `${subject}-2`,
          reason: 'reserved_source',
          message: expect.stringContaining(source),
        },
      ])
      const event = { type: 'request', subject, quantity: '4' }
      const events = [
        ...['m1', 'm2', 'm3'].map((id) => ({ ...event, id })),
        { ...event, id: 'm4', source },
      ]
      const messages = metering.client.recordEvents({ tenant: 'acme', events }, metering.as('acme'))
      await expect(messages).rejects.toMatchObject({
        code: 'request.invalid',
        fields: [{ field: 'events[3].source' }],
      })
      expect(await sumOf(subject)).toBe('2')
    },
  )

  test('only the first 1,000 refusals are told, all are counted', async () => {
    const body = 'no json\n'.repeat(1_500)
    const answer = await metering.ingest('acme', body, 'application/x-ndjson', 4_096)
    expect(answer.rejectedCount).toBe(1_500n)
    expect(answer.rejections).toHaveLength(1_000)
  })
})

describe('media types', () => {
  test('a JSON array', async () => {
    const body = `[${eventJson({ id: 'a1', subject: 'array' })},${eventJson({ id: 'a2', subject: 'array' })}]`
    expect(
      (await metering.ingest('acme', body, 'application/json; charset=utf-8')).acceptedCount,
    ).toBe(2n)
  })

  test('CloudEvents, structured and batched', async () => {
    const cloudEvent = (id: string) => ({
      specversion: '1.0',
      id,
      source: '/billing/test',
      type: 'request',
      subject: 'cloud',
      time: '2026-02-10T01:00:00+01:00',
      datacontenttype: 'application/json',
      data: { quantity: 2.5, model: 'large', nested: { a: 1 } },
    })
    const structured = await metering.ingest(
      'acme',
      JSON.stringify(cloudEvent('c1')),
      'application/cloudevents+json',
    )
    const batched = await metering.ingest(
      'acme',
      JSON.stringify([
        cloudEvent('c1'),
        cloudEvent('c2'),
        { ...cloudEvent('c3'), specversion: '0.3' },
      ]),
      'application/cloudevents-batch+json',
    )
    expect(structured).toMatchObject({ acceptedCount: 1n })
    expect(batched).toMatchObject({ acceptedCount: 1n, duplicateCount: 1n, rejectedCount: 1n })
    const { events } = await metering.client.listEvents(
      { tenant: 'acme', accountId: 'cloud' },
      metering.as('acme'),
    )
    expect(events[0]).toMatchObject({
      id: 'c1',
      quantity: '2.5',
      properties: { model: 'large', nested: '{"a":"1"}' },
    })
    expect(await sumOf('cloud')).toBe('5')
  })

  test('events as messages', async () => {
    const event = { id: 'm1', type: 'request', subject: 'messages', quantity: '4' }
    const answer = await metering.client.recordEvents(
      { tenant: 'acme', events: [event, event, { ...event, id: 'm2', type: 'unknown' }] },
      metering.as('acme'),
    )
    expect(answer).toMatchObject({ acceptedCount: 1n, duplicateCount: 1n, rejectedCount: 1n })
    expect(await sumOf('messages')).toBe('4')
  })
})
