import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limit, type LimitsBed, openLimits } from './limits-bed.ts'

let bed: LimitsBed
let psql: pg.Client

beforeAll(async () => {
  bed = await openLimits()
  // An application's role with nothing but the use of the schema.
  const role = `application_${process.pid}_${Date.now()}`
  await bed.adminQuery(`create role ${role} login password 'secret'`)
  await bed.adminQuery(`grant usage on schema metering to ${role}`)
  psql = new pg.Client({ connectionString: urlOf(bed.adminUrl, role) })
  await psql.connect()
})
afterAll(async () => {
  await psql.end()
  await bed.close()
})

function urlOf(adminUrl: string, role: string): string {
  const url = new URL(adminUrl)
  url.username = role
  url.password = 'secret'
  return url.toString()
}

const rows = async (text: string) => (await psql.query(text)).rows
const consume = (args: string, name = 'consume') =>
  rows(`select allowed, reason, limit_key, remaining::int from metering.${name}('acme', ${args})`)

describe('metering.consume', () => {
  test('decides as the service does, and shares its counters and ids', async () => {
    await bed.entitle('sql', { featureKey: 'calls', limits: [limit('monthly', 10)] })
    expect(await consume(`'sql', 'calls', 4, 'sql-1'`)).toEqual([
      { allowed: true, reason: null, limit_key: 'monthly', remaining: 6 },
    ])
    expect(await consume(`'sql', 'calls', 4, 'sql-1'`)).toMatchObject([
      { allowed: true, remaining: 6 },
    ])
    expect((await bed.consume('sql', { calls: 4 }, { id: 'sql-1' })).repeated).toBe(true)
    expect(await consume(`'sql', 'calls', 5, 'sql-1'`)).toMatchObject([
      { allowed: false, reason: 'id_of_other_usage' },
    ])
    await bed.consume('sql', { calls: 5 }, { id: 'rest-1', properties: { b: '2', a: '1' } })
    expect(await consume(`'sql', 'calls', 5, 'rest-1', '{"a": "1", "b": "2"}'`)).toMatchObject([
      { allowed: true, remaining: 1 },
    ])
    expect(await consume(`'sql', 'calls', 2`)).toMatchObject([
      { allowed: false, reason: 'limit_exceeded', remaining: 1 },
    ])
    expect(await consume(`'sql', 'exports'`)).toMatchObject([
      { allowed: false, reason: 'feature_not_entitled' },
    ])
    expect(await bed.recorded('sql')).toBe(9n)
  })

  test('takes several features, all or none', async () => {
    await bed.entitle(
      'both',
      { featureKey: 'calls', limits: [limit('a', 5)] },
      { featureKey: 'tokens', limits: [limit('b', 5)] },
    )
    const both = (units: string) =>
      consume(`'both', array['calls', 'tokens'], array[${units}]`, 'consume_all')
    expect(await both('1, 6')).toMatchObject([{ allowed: false }, { allowed: false }])
    expect(await both('1, 5')).toEqual([
      { allowed: true, reason: null, limit_key: 'a', remaining: 4 },
      { allowed: true, reason: null, limit_key: 'b', remaining: 0 },
    ])
  })

  test.each([
    [`'sql', 'calls', 0`],
    [`'sql', 'calls', -1`],
    [`'sql', 'calls', null`],
    [`'sql', array['calls', 'calls'], array[1, 1]`, 'consume_all'],
    [`'sql', array['calls'], array[1, 1]`, 'consume_all'],
    [`'sql', 'calls', 1, 'not an id'`],
    [`'sql', 'calls', 1, 'id', '[]'`],
    [`'sql', 'calls', 1, 'id', '{"a": {"b": "1"}}'`],
    [`'sql', 'calls', 1, 'id', '{"a": ["b"]}'`],
    [`'sql', 'calls', 1, 'id', '{"a": 5}'`],
    [`'sql', 'calls', 1, 'id', '{"a": null}'`],
    [`'sql', 'calls', 1, 'id', jsonb_build_object('a', repeat('ä', 501))`],
    [`'sql', 'calls', 1, 'id', jsonb_build_object(repeat('ä', 64), 'a')`],
    [
      `'sql', 'calls', 1, 'id', (select jsonb_object_agg(n::text, '') from generate_series(1, 51) as n)`,
    ],
    [`'sql', array['calls'], array[1], 'id', '{"a": 5}'`, 'consume_all'],
  ])('refuses %s', async (args, name = 'consume') => {
    await expect(consume(args, name)).rejects.toMatchObject({ code: '22023' })
  })
})

describe('properties', () => {
  const list = async (accountId: string) =>
    (await bed.client.listEvents({ tenant: 'acme', accountId }, bed.as)).events.map(
      ({ properties }) => properties,
    )

  test('are taken as far as the contract takes them', async () => {
    await bed.entitle('props', { featureKey: 'calls', limits: [limit('monthly', 10)] })
    const most = `(select jsonb_object_agg(rpad(n::text, 63, 'ä'), repeat('𝄞', 500))
      from generate_series(1, 50) as n)`
    expect(await consume(`'props', 'calls', 1, 'most', ${most}`)).toMatchObject([{ allowed: true }])
    const [told] = await list('props')
    expect(Object.keys(told ?? {})).toHaveLength(50)
    expect(told?.[`7${'ä'.repeat(62)}`]).toBe('𝄞'.repeat(500))
  })

  test('that were stored otherwise are listed as text', async () => {
    await bed.entitle('old', { featureKey: 'calls', limits: [limit('monthly', 10)] })
    await bed.consume('old', { calls: 1 }, { properties: { a: '1' } })
    const stored = `{"a": {"b": [1, "x"]}, "n": 12345678901234567890.5, "z": null, "t": true, "s": "as is"}`
    await bed.adminQuery(
      `update metering.usage_event set properties = $1::jsonb where subject = 'old'`,
      [stored],
    )
    expect(await list('old')).toEqual([
      { a: '{"b": [1, "x"]}', n: '12345678901234567890.5', z: 'null', t: 'true', s: 'as is' },
    ])
    await bed.adminQuery(
      `update metering.usage_event set properties = '{"a": ["b"]}' where subject = 'old'`,
    )
    expect(await list('old')).toEqual([{ a: '["b"]' }])
  })
})

describe('metering.check', () => {
  test('looks and counts nothing', async () => {
    await bed.entitle('peek', { featureKey: 'calls', limits: [limit('monthly', 3)] })
    const check = (units: number) =>
      rows(
        `select allowed, remaining::int, retry_at is not null as waits
         from metering.check('acme', 'peek', 'calls', ${units})`,
      )
    expect(await check(3)).toEqual([{ allowed: true, remaining: 3, waits: false }])
    expect(await check(4)).toEqual([{ allowed: false, remaining: 3, waits: false }])
    await consume(`'peek', 'calls', 2`)
    expect(await check(2)).toEqual([{ allowed: false, remaining: 1, waits: true }])
  })
})

test('the role sees no table', async () => {
  await expect(rows('select * from metering.usage_event')).rejects.toMatchObject({ code: '42501' })
  await expect(rows('select * from metering.usage_counter')).rejects.toMatchObject({
    code: '42501',
  })
})
