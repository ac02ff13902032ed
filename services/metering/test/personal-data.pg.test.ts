import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventJson, type Metering, startMetering } from './metering-harness.ts'

let metering: Metering

beforeAll(async () => {
  metering = await startMetering()
  await metering.createMeter('acme', {
    meterKey: 'people',
    aggregation: Aggregation.UNIQUE_COUNT,
    valueProperty: 'person',
    dimensions: ['region'],
  })
})
afterAll(() => metering.close())

const at = (text: string) => toProtoTimestamp(Temporal.Instant.from(text))
const window = {
  tenant: 'acme',
  meterKey: 'people',
  startTime: at('2026-02-01T00:00:00Z'),
  endTime: at('2026-03-01T00:00:00Z'),
}

async function send(accountId: string, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) =>
    eventJson({
      id: `${accountId}-${index}`,
      subject: accountId,
      properties: { person: `p${index % 7}`, region: 'eu', note: 'eva@private.example' },
    }),
  )
  await metering.ingest('acme', lines.join('\n'), 'application/x-ndjson', 65_536)
}

const usage = (accountId: string) =>
  metering.client.queryUsage({ ...window, accountId }, metering.as('acme'))

const notes = async (accountId: string) =>
  await metering.adminQuery<{ properties: object }>(
    `select distinct properties - 'person' as properties from metering.usage_event where subject = $1`,
    [accountId],
  )

test('an erasure takes from events what no meter reads, in bounded calls, and no sum changes', async () => {
  await send('acct-1', 5_100)
  await send('acct-2', 3)
  const before = [await usage('acct-1'), await usage('acct-2')]
  const request = { tenant: 'acme', accountIds: ['acct-1'] }
  const first = await metering.client.erasePersonalData(request, metering.as('acme'))
  expect(first).toMatchObject({ erasedCount: 5_000n, more: true })
  const second = await metering.client.erasePersonalData(request, metering.as('acme'))
  expect(second).toMatchObject({
    erasedCount: 100n,
    more: false,
    kept: [{ kind: 'usage events', count: 5_100n }],
  })
  const third = await metering.client.erasePersonalData(request, metering.as('acme'))
  expect(third).toMatchObject({ erasedCount: 0n, more: false })

  expect(await notes('acct-1')).toEqual([{ properties: { region: 'eu' } }])
  expect(await notes('acct-2')).toEqual([
    { properties: { region: 'eu', note: 'eva@private.example' } },
  ])
  expect([await usage('acct-1'), await usage('acct-2')]).toEqual(before)
})

test('an export tells every event once, page by page, after a summary', async () => {
  await send('acct-3', 1_000)
  await send('acct-4', 1_001)
  const accountIds = ['acct-3', 'acct-4']
  const kinds: Record<string, number> = {}
  const ids = new Set<string>()
  for (let pageToken = '', isFirst = true; isFirst || pageToken !== ''; isFirst = false) {
    const request = { tenant: 'acme', accountIds, pageToken }
    const page = await metering.client.exportPersonalData(request, metering.as('acme'))
    for (const { kind, json } of page.records) {
      kinds[kind] = (kinds[kind] ?? 0) + 1
      if (kind === 'usage events') ids.add(JSON.parse(json).id)
    }
    pageToken = page.nextPageToken
  }
  expect(kinds).toEqual({ 'usage summary': 2, 'usage events': 2_001 })
  expect(ids.size).toBe(2_001)
  const none = { tenant: 'acme', accountIds: [] }
  expect(await metering.client.exportPersonalData(none, metering.as('acme'))).toMatchObject({
    records: [],
    nextPageToken: '',
  })
})
