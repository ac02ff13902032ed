import { Aggregation, WindowSize } from '@purser/contracts/metering/v1/metering'
import { encodePageToken, toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventJson, type Metering, startMetering } from './metering-harness.ts'

let metering: Metering

const at = (time: string) => toProtoTimestamp(Temporal.Instant.from(time))
const FEBRUARY = { startTime: at('2026-02-01T00:00:00Z'), endTime: at('2026-03-01T00:00:00Z') }

beforeAll(async () => {
  metering = await startMetering()
  const kinds = {
    calls: { aggregation: Aggregation.COUNT },
    tokens: { aggregation: Aggregation.SUM, valueProperty: 'tokens' },
    peak: { aggregation: Aggregation.MAX },
    models: { aggregation: Aggregation.UNIQUE_COUNT, valueProperty: 'model' },
    level: { aggregation: Aggregation.LATEST },
  }
  for (const [meterKey, kind] of Object.entries(kinds)) {
    await metering.createMeter('acme', { meterKey, dimensions: ['model'], ...kind })
  }
  const event = (id: string, time: string, quantity: number, tokens: string, model: string) =>
    eventJson({ id, subject: `acct-${id[0]}`, time, quantity, properties: { tokens, model } })
  await metering.ingest(
    'acme',
    [
      event('a1', '2026-02-10T23:30:00Z', 3, '1.5', 'large'),
      event('a2', '2026-02-11T00:30:00Z', 7, '2.25', 'small'),
      event('a3', '2026-02-11T00:30:00Z', 5, '0.25', 'large'),
      event('b1', '2026-02-12T00:00:00Z', 1, '10', 'large'),
    ].join('\n'),
  )
})
afterAll(() => metering.close())

const query = (meterKey: string, more: object = {}) =>
  metering.client.queryUsage(
    { tenant: 'acme', meterKey, ...FEBRUARY, ...more },
    metering.as('acme'),
  )

describe('usage', () => {
  test.each([
    ['calls', '3'],
    ['tokens', '4'],
    ['peak', '7'],
    ['models', '2'],
    // Two events at the same instant: the greater id is the later one.
    ['level', '5'],
  ])('%s of one account', async (meterKey, value) => {
    const { rows } = await query(meterKey, { accountId: 'acct-a' })
    expect(rows.map((row) => [row.value, row.eventCount])).toEqual([[value, 3n]])
  })

  test('in groups, greatest first', async () => {
    const { rows } = await query('tokens', { groupBy: ['account_id', 'model'] })
    expect(rows.map((row) => [row.group, row.value])).toEqual([
      [{ account_id: 'acct-b', model: 'large' }, '10'],
      [{ account_id: 'acct-a', model: 'small' }, '2.25'],
      [{ account_id: 'acct-a', model: 'large' }, '1.75'],
    ])
  })

  test('by days of a time zone', async () => {
    const days = async (timeZone: string) => {
      const { rows } = await query('calls', {
        accountId: 'acct-a',
        window: WindowSize.DAY,
        timeZone,
      })
      return rows.map((row) => [Number(row.windowStart?.seconds), row.value])
    }
    const seconds = (time: string) => Temporal.Instant.from(time).epochMilliseconds / 1_000
    expect(await days('UTC')).toEqual([
      [seconds('2026-02-10T00:00:00Z'), '1'],
      [seconds('2026-02-11T00:00:00Z'), '2'],
    ])
    expect(await days('Europe/Warsaw')).toEqual([[seconds('2026-02-10T23:00:00Z'), '3']])
  })

  test('by an unknown dimension is refused with its place', async () => {
    await expect(query('calls', { groupBy: ['model', 'planet'] })).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'group_by[1]' }],
    })
  })

  test('of a range that ends before it begins is refused, that of accounts too', async () => {
    const turned = { startTime: FEBRUARY.endTime, endTime: FEBRUARY.startTime }
    const asked = { tenant: 'acme', meterKey: 'calls', ...turned }
    const refusal = {
      code: 'request.invalid',
      fields: [{ field: 'end_time', message: 'must not be before start_time' }],
    }
    await expect(query('calls', turned)).rejects.toMatchObject(refusal)
    await expect(metering.client.listTopAccounts(asked, metering.as('acme'))).rejects.toMatchObject(
      refusal,
    )
    const instant = { startTime: FEBRUARY.startTime, endTime: FEBRUARY.startTime }
    expect((await query('calls', instant)).rows).toEqual([])
  })

  test('of another tenant is not there', async () => {
    await expect(
      metering.client.queryUsage(
        { tenant: 'other', meterKey: 'calls', ...FEBRUARY },
        metering.as('other'),
      ),
    ).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

describe('watermark', () => {
  const totals = async (watermark: bigint) => {
    const window = { accountId: 'acct-w', ...FEBRUARY }
    const answer = await metering.client.aggregateUsage(
      { tenant: 'acme', watermark, meterKeys: ['calls'], windows: [window] },
      metering.as('acme'),
    )
    return answer.totals.map((total) => [total.value, total.eventCount])
  }
  const take = async () =>
    (await metering.client.takeWatermark({ tenant: 'acme' }, metering.as('acme'))).watermark
  const send = (id: string) =>
    metering.ingest(
      'acme',
      eventJson({ id, subject: 'acct-w', properties: { tokens: '1', model: 'x' } }),
    )

  test('the same question at the same watermark has the same answer for ever', async () => {
    await send('w1')
    const before = await take()
    await send('w2')
    expect(await totals(before)).toEqual([['1', 1n]])
    expect(await totals(await take())).toEqual([['2', 2n]])
    expect(await totals(before)).toEqual([['1', 1n]])
  })

  test('while others write, every event is on exactly one side of the line', async () => {
    const sent = Promise.all(Array.from({ length: 60 }, (_, index) => send(`race-${index}`)))

    for (let round = 0; round < 10; round += 1) {
      const line = await take()

      const seen = await totals(line)
      // Whatever is committed later must not move below a line that was drawn before.
      await new Promise((resolve) => setImmediate(resolve))
      expect(await totals(line)).toEqual(seen)
    }
    await sent
    const all = await totals(await take())
    expect(all).toEqual([['62', 62n]])
    const { accountIds } = await metering.client.listLateAccounts(
      {
        tenant: 'acme',
        afterWatermark: 0n,
        untilWatermark: await take(),
        beforeTime: FEBRUARY.endTime,
      },
      metering.as('acme'),
    )
    expect(accountIds).toContain('acct-w')
  })
})

describe('late accounts', () => {
  test('come in pages, each account once, of events of the batches before the instant', async () => {
    await metering.createMeter('late', {})
    const send = (subject: string, id: string, time = '2026-01-10T00:00:00Z') =>
      metering.ingest('late', eventJson({ id, subject, time, quantity: 1 }))
    const watermark = async () =>
      (await metering.client.takeWatermark({ tenant: 'late' }, metering.as('late'))).watermark
    await send('before', '1')
    const afterWatermark = await watermark()
    for (const subject of ['e', 'b', 'd', 'a', 'c']) await send(subject, subject)
    await send('b', 'again')
    await send('in-time', 'in-time', '2026-02-10T00:00:00Z')
    const untilWatermark = await watermark()
    await send('after', '2')
    const question = {
      tenant: 'late',
      afterWatermark,
      untilWatermark,
      beforeTime: FEBRUARY.startTime,
    }
    const pages: string[][] = []
    let pageToken = ''
    do {
      const page = await metering.client.listLateAccounts(
        { ...question, pageSize: 2, pageToken },
        metering.as('late'),
      )
      pages.push(page.accountIds)
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    const whole = await metering.client.listLateAccounts(question, metering.as('late'))
    expect(whole).toMatchObject({ accountIds: ['a', 'b', 'c', 'd', 'e'], nextPageToken: '' })
  })
})

test('a list of events refuses a page token that it did not answer', async () => {
  const pageToken = encodePageToken(['2026-02-30T00:00:00Z', 'api', '1'])
  const question = { tenant: 'late', accountId: 'a', pageToken }
  await expect(metering.client.listEvents(question, metering.as('late'))).rejects.toMatchObject({
    code: 'request.invalid',
    fields: [{ field: 'page_token' }],
  })
})
