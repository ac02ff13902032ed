import { Decimal, isPurserError } from '@purser/kernel'
import { silentLogger } from '@purser/runtime'
import { createTestDatabase, type TestDatabase, temporaryFolder, waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectionUrl } from './connection-url.ts'
import { createDatabase } from './database.ts'
import { isUniqueViolation } from './database-error.ts'
import { statement } from './statement.ts'

const init = `
  create table item (
    tenant_id text not null,
    id int not null,
    constraint item_key primary key (tenant_id, id)
  );
  select protect_tenant_table('item');
`
const insert = statement('test.insert_item', 'insert into item values ($1, $2)')
const ids = statement('test.item_ids', 'select id from item order by id')
const sleep = statement('test.sleep', 'select pg_sleep($1::float8)')
const unwatched = statement('test.unwatched', 'set local client_connection_check_interval = 0')
const ownPid = statement('test.own_pid', 'select pg_backend_pid() as pid')

describe('a database', () => {
  let db: TestDatabase

  beforeAll(async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': init })
    db = await createTestDatabase('items', folder.path, { maxConnections: 2 })
  })
  afterAll(() => db.close())

  const idsOf = async (tenantId: string) =>
    (await db.database.tx(tenantId, (tx) => tx.query<{ id: number }>(ids))).map(({ id }) => id)

  test('runs one statement alone: committed with it, for the tenant that it names, and left clean', async () => {
    const insertAlone = statement(
      'test.insert_alone',
      `with named as materialized (select set_config('purser.tenant_id', $1, true) as tenant)
       insert into items.item select tenant, $2::int from named returning id`,
    )
    expect(await db.database.alone('alone', insertAlone, [1])).toEqual([{ id: 1 }])
    const again = db.database.alone('alone', insertAlone, [1])
    await expect(again).rejects.toSatisfy((error) => isUniqueViolation(error))
    expect(await idsOf('alone')).toEqual([1])
    const count = statement(
      'test.count_alone',
      'select count(*) as items from items.item where $1::text is not null',
    )
    expect(await db.database.alone('alone', count)).toEqual([{ items: 0n }])
  })

  test('commits a single statement with it, for its tenant alone', async () => {
    const single = { isSingle: true }
    const add = (id: number) =>
      db.database.tx('single', (tx) => tx.execute(insert, ['single', id]), single)
    expect(await add(1)).toBe(1)
    await expect(add(1)).rejects.toSatisfy((error) => isUniqueViolation(error))
    expect(await add(2)).toBe(1)
    expect(await idsOf('single')).toEqual([1, 2])
    const others = db.database.tx('other', (tx) => tx.query(ids), { ...single, readOnly: true })
    expect(await others).toEqual([])
    const write = db.database.tx('single', (tx) => tx.execute(insert, ['single', 3]), {
      ...single,
      readOnly: true,
    })
    await expect(write).rejects.toMatchObject({ code: '25006' })
  })

  test('refuses a second statement of a transaction that has one', async () => {
    const two = db.database.tx(
      'two',
      async (tx) => {
        await tx.execute(insert, ['two', 1])
        await tx.execute(insert, ['two', 2])
      },
      { isSingle: true },
    )
    await expect(two).rejects.toThrow('a statement follows the last one')
    expect(await idsOf('two')).toEqual([1])
  })

  test('commits with the statement that says it is the last', async () => {
    const last = { isLast: true }
    await db.database.tx('last', async (tx) => {
      await tx.execute(insert, ['last', 1])
      await tx.execute(insert, ['last', 2], last)
      expect(await idsOf('last')).toEqual([1, 2])
    })
    const refused = db.database.tx('last', async (tx) => {
      await tx.execute(insert, ['last', 3])
      await tx.execute(insert, ['last', 1], last)
    })
    await expect(refused).rejects.toSatisfy((error) => isUniqueViolation(error))
    expect(await idsOf('last')).toEqual([1, 2])
  })

  test('is ended by no statement when it has parts', async () => {
    const parts = db.database.tx(
      'parts',
      async (tx) => {
        await tx.execute(insert, ['parts', 1], { isLast: true })
        await tx.execute(insert, ['parts', 2], { isLast: true })
        throw new Error('undone')
      },
      { hasParts: true },
    )
    await expect(parts).rejects.toThrow('undone')
    expect(await idsOf('parts')).toEqual([])
  })

  test('sends nothing for a transaction without statements', async () => {
    expect(await db.database.tx('none', async () => 1)).toBe(1)
    await expect(db.database.tx('none', () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    )
  })

  test('converts values both ways', async () => {
    const time = Temporal.Instant.from('2026-02-01T00:00:00.123456Z')
    const echo = statement(
      'test.echo',
      `select $1::int8 as int8, $2::numeric as numeric, $3::timestamptz as time, $4::jsonb as json,
         $5::text[] as texts, $6::int8[] as longs, $7::timestamptz[] as times, $8::date as date,
         $9::text as nothing, $10::bytea as bytes, $11::jsonb as list`,
    )
    const values = [
      9007199254740993n,
      Decimal.parse('0.10'),
      time,
      { a: ['x', 1] },
      ['ü"\\,{}', 'null', null],
      [1n, null],
      [time, time],
      '2026-02-28',
      undefined,
      Buffer.from([0, 255]),
      JSON.stringify([1, 2]),
    ]
    const rows = await db.database.tx('acme', (tx) => tx.query(echo, values))
    expect(rows).toEqual([
      {
        int8: 9007199254740993n,
        numeric: '0.1',
        time,
        json: { a: ['x', 1] },
        texts: ['ü"\\,{}', 'null', null],
        longs: [1n, null],
        times: [time, time],
        date: '2026-02-28',
        nothing: null,
        bytes: Buffer.from([0, 255]),
        list: [1, 2],
      },
    ])
    const [row] = rows as [{ time: Temporal.Instant }]
    expect(row.time.equals(time)).toBe(true)
  })

  test('commits what work did and returns its result and the rows affected', async () => {
    const affected = await db.database.tx('commits', (tx) => tx.execute(insert, ['commits', 1]))
    expect(affected).toBe(1)
    expect(await idsOf('commits')).toEqual([1])
  })

  test('stores nothing when work throws, and passes its error', async () => {
    const failure = new Error('changed my mind')
    const run = db.database.tx('throws', async (tx) => {
      await tx.execute(insert, ['throws', 1])
      throw failure
    })
    await expect(run).rejects.toBe(failure)
    expect(await idsOf('throws')).toEqual([])
  })

  test('names a unique violation', async () => {
    const run = db.database.tx('twice', async (tx) => {
      await tx.execute(insert, ['twice', 1])
      await tx.execute(insert, ['twice', 1])
    })
    const error = await run.catch((caught: unknown) => caught)
    expect(isUniqueViolation(error, 'item_key')).toBe(true)
    expect(isUniqueViolation(error, 'other')).toBe(false)
  })

  test('refuses to report success when a failed statement was swallowed', async () => {
    const run = db.database.tx('swallows', async (tx) => {
      await tx.execute(insert, ['swallows', 1])
      await tx.execute(insert, ['swallows', 1]).catch(() => undefined)
    })
    await expect(run).rejects.toMatchObject({ code: 'platform.internal' })
    expect(await idsOf('swallows')).toEqual([])
  })

  test('runs statements that are started at once one after the other', async () => {
    await db.database.tx('parallel', (tx) =>
      Promise.all([3, 1, 2].map((id) => tx.execute(insert, ['parallel', id]))),
    )
    expect(await idsOf('parallel')).toEqual([1, 2, 3])
  })

  test('a transaction that is over runs nothing more', async () => {
    const tx = await db.database.tx('late', async (open) => open)
    await expect(tx.execute(insert, ['late', 1])).rejects.toThrow('the transaction is over')
  })

  test('a read-only transaction cannot write', async () => {
    const write = db.database.tx('reads', (tx) => tx.execute(insert, ['reads', 1]), {
      readOnly: true,
    })
    await expect(write).rejects.toThrow(/read-only transaction/)
  })

  test('refuses text with a NUL character', async () => {
    const text = statement('test.text', 'select $1::text')
    const run = db.database.tx('acme', (tx) => tx.query(text, ['a\0b']))
    await expect(run).rejects.toMatchObject({ code: 'request.invalid' })
    const json = statement('test.json', `select $1::jsonb ->> 'a'`)
    const nested = db.database.tx('acme', (tx) => tx.query(json, [{ a: '\0' }]))
    await expect(nested).rejects.toMatchObject({ code: 'request.invalid' })
  })

  test('repeats after a serialization failure, as often as asked', async () => {
    const conflict = statement(
      'test.conflict',
      `do $$ begin raise exception 'collision' using errcode = '40001'; end $$`,
    )
    let calls = 0
    const work = async (tx: { execute(s: typeof conflict): Promise<number> }) => {
      calls++
      if (calls < 3) await tx.execute(conflict)
      return calls
    }
    const done = await db.database.tx('acme', work, { retry: { attempts: 3 } })
    expect(done).toBe(3)
    calls = 0
    const once = db.database.tx('acme', work)
    await expect(once).rejects.toMatchObject({ code: 'platform.unavailable' })
    expect(calls).toBe(1)
  })

  test('real concurrent writers under serializable all get through', async () => {
    const count = statement('test.count', 'select count(*) as count from item')
    const add = () =>
      db.database.tx(
        'serial',
        async (tx) => {
          const [row] = await tx.query<{ count: bigint }>(count)
          await tx.execute(insert, ['serial', Number(row?.count)])
        },
        { isolation: 'serializable', retry: { attempts: 50 } },
      )
    const results = await Promise.allSettled(Array.from({ length: 8 }, add))
    const refused = results.filter(({ status }) => status === 'rejected')
    // Two that read the same count may meet at the key instead; neither may be stored twice.
    expect(refused.every((r) => 'reason' in r && isUniqueViolation(r.reason))).toBe(true)
    const stored = await idsOf('serial')
    expect(stored).toEqual(stored.map((_, index) => index))
    expect(stored.length).toBe(8 - refused.length)
  })

  test('an aborted signal ends the running statement on the server too', async () => {
    const controller = new AbortController()
    const reason = new Error('the caller left')
    let pid = 0
    const run = db.database.tx(
      'aborts',
      async (tx) => {
        await tx.execute(insert, ['aborts', 1])
        // Else the server would notice by itself that the client went away.
        await tx.execute(unwatched)
        pid = (await tx.query<{ pid: number }>(ownPid))[0]?.pid ?? 0
        // A request to cancel that comes before the statement would find nothing to end.
        const isAsleep = async () => {
          const waits = `select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`
          return (await db.adminQuery(waits, [pid])).length === 1
        }
        void waitFor(isAsleep).then(() => controller.abort(reason))
        await tx.query(sleep, [600])
      },
      { signal: controller.signal },
    )
    await expect(run).rejects.toBe(reason)
    await waitFor(async () => {
      const left = await db.adminQuery(`select from pg_stat_activity where pid = $1`, [pid])
      return left.length === 0
    })
    expect(await idsOf('aborts')).toEqual([])
  })

  test('an aborted signal ends work that is between two statements', async () => {
    const controller = new AbortController()
    let later: Promise<unknown> = Promise.resolve()
    const run = db.database.tx(
      'aborts-between',
      async (tx) => {
        controller.abort(new Error('left'))
        later = tx.execute(insert, ['aborts-between', 1])
        await later
      },
      { signal: controller.signal },
    )
    await expect(run).rejects.toThrow('left')
    await expect(later).rejects.toThrow('left')
    const never = db.database.tx('acme', async () => 1, { signal: controller.signal })
    await expect(never).rejects.toThrow('left')
  })

  test('bounds a statement on the server and a silent server in the client', async () => {
    const options = {
      url: db.adminUrl,
      schema: db.schema,
      role: db.role,
      password: db.password,
      log: silentLogger,
    }
    const bounded = createDatabase({ ...options, statementTimeoutMs: 50 })
    const slow = bounded.tx('acme', (tx) => tx.query(sleep, [600]))
    await expect(slow).rejects.toMatchObject({ code: 'request.deadline_exceeded' })
    await bounded.close()
    const impatient = createDatabase({ ...options, queryTimeoutMs: 200 })
    const silent = impatient.tx('acme', (tx) => tx.query(sleep, [600]))
    await expect(silent).rejects.toMatchObject({ code: 'platform.unavailable' })
    await impatient.close()
  })

  test('a connection that was cut is not used again', async () => {
    const run = db.database.tx('cut', async (tx) => {
      await tx.execute(insert, ['cut', 1])
      const [row] = await tx.query<{ pid: number }>(ownPid)
      await db.adminQuery('select pg_terminate_backend($1)', [row?.pid])
      await tx.query(ids)
    })
    const error = await run.catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'platform.unavailable', details: {} })
    expect(isPurserError(error) && error.cause).toBeTruthy()
    expect(await idsOf('cut')).toEqual([])
  })

  test('says that there is no database', async () => {
    const nowhere = createDatabase({
      url: 'postgres://someone@localhost/db?host=/nonexistent',
      schema: 'items',
      log: silentLogger,
    })
    await expect(nowhere.ping()).rejects.toMatchObject({ code: 'platform.unavailable' })
    const run = nowhere.tx('acme', async () => 1)
    await expect(run).rejects.toMatchObject({ code: 'platform.unavailable' })
    await nowhere.close()
  })

  test('waits a bounded time for a free connection', async () => {
    const one = createDatabase({
      url: connectionUrl(db.adminUrl, { user: db.role, password: db.password }),
      schema: db.schema,
      maxConnections: 1,
      connectTimeoutMs: 100,
      log: silentLogger,
    })
    // Opening the connection has the same bound, which a busy machine may miss at first.
    await waitFor(async () => {
      await one.ping()
      return true
    })
    await one.tx('acme', async () => {
      expect(one.poolUse()).toMatchObject({ total: 1, idle: 0 })
      const second = one.tx('acme', async () => 1)
      await expect(second).rejects.toMatchObject({ code: 'platform.unavailable' })
    })
    await one.close()
  })
})
