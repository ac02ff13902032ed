import { createHandlerContext, type HandlerContext } from '@connectrpc/connect'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { UserService } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { recordsActs, recordsItself, takesIdempotencyKey } from './acts.ts'
import {
  addsThing,
  addThing,
  ann,
  type Bed,
  callAs,
  implementationOf,
  made,
  startBed,
  thingsIn,
  wanted,
} from './acts-bed.fixture.ts'
import { recordAct } from './record-act.ts'

let bed: Bed
beforeAll(async () => {
  bed = await startBed()
})
afterAll(() => bed.close())
beforeEach(() => bed.db.adminQuery('truncate acts.thing, acts.outbox, acts.idempotency_key'))

const withKey = (key: string) => callAs(ann, { 'idempotency-key': key })
const refusal = () => new PurserError('meter.already_exists', 'no')

describe('an audited call', () => {
  test('that succeeds leaves one event that says who did what to which object', async () => {
    const headers = { 'purser-client-address': '198.51.100.7' }
    await bed.client(addsThing(bed)).createMeter(wanted('one'), callAs(ann, headers))
    expect(await bed.things()).toEqual(['one'])
    expect(await bed.recorded()).toEqual([
      {
        tenant_id: 'acme',
        payload: {
          action: 'metering.create_meter',
          actor_kind: 'user',
          actor_id: 'usr_ann',
          object: { meter_key: 'one' },
          request_id: 'req-1',
          client_address: '198.51.100.7',
        },
      },
    ])
  })

  test('that is refused after it wrote leaves nothing of either', async () => {
    const client = bed.client(async (req, call) => {
      await addsThing(bed)(req, call)
      throw refusal()
    })
    await expect(client.createMeter(wanted('gone'), callAs(ann))).rejects.toMatchObject({
      code: 'meter.already_exists',
    })
    expect(await bed.things()).toEqual([])
    expect(await bed.recorded()).toEqual([])
  })

  test('that wrote nothing in the database is recorded all the same', async () => {
    await bed.client(async () => made('quiet')).createMeter(wanted('quiet'), callAs(ann))
    expect(await bed.recorded()).toHaveLength(1)
  })

  test('whose connection breaks leaves nothing of either', async () => {
    const client = bed.client(async (req, call) => {
      const reply = await addsThing(bed)(req, call)
      await bed.db.adminQuery(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'purser-acts'
           and state like 'idle in transaction%'`,
      )
      return reply
    })
    await expect(client.createMeter(wanted('broken'), callAs(ann))).rejects.toMatchObject({
      code: 'platform.unavailable',
    })
    expect(await bed.things()).toEqual([])
    expect(await bed.recorded()).toEqual([])
  })

  test('that is repeated with its key is recorded once', async () => {
    const client = bed.client(addsThing(bed))
    const first = await client.createMeter(wanted('keyed'), withKey('k-1'))
    expect(await client.createMeter(wanted('keyed'), withKey('k-1'))).toEqual(first)
    expect(await bed.recorded()).toHaveLength(1)
  })

  test('twenty times at once with one key acts once and is recorded once', async () => {
    const client = bed.client(addsThing(bed))
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => client.createMeter(wanted('crowd'), withKey('k-2'))),
    )
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason.code] : [],
    )
    expect(refused.length).toBeLessThan(20)
    expect(new Set(refused).isSubsetOf(new Set(['request.in_progress']))).toBe(true)
    expect(await bed.things()).toEqual(['crowd'])
    expect(await bed.recorded()).toHaveLength(1)
  })
})

test('a refusal that a faster rival with the same key caused is the rival’s reply', async () => {
  const client = bed.client(async (req, call) => {
    const name = req.meter?.meterKey ?? ''
    const seen = await bed.acts.database.tx('acme', thingsIn, { readOnly: true })
    if (seen > 0) throw refusal()
    return isRival(call) ? await addsThing(bed)(req, call) : await overtaken(name)
  })
  const isRival = (call: HandlerContext) => call.requestHeader.has('x-rival')
  const overtaken = async (name: string) => {
    await client.createMeter(wanted(name), callAs(ann, { 'idempotency-key': 'k', 'x-rival': '1' }))
    throw refusal()
  }
  expect(await client.createMeter(wanted('raced'), withKey('k'))).toMatchObject({
    meterKey: 'raced',
  })
  expect(await bed.recorded()).toHaveLength(1)
})

describe('the transactions of a handler', () => {
  test('are one: a later failure takes the earlier with it, one that is caught does not', async () => {
    const client = bed.client(async ({ meter }) => {
      const { database } = bed.acts
      await database.tx('acme', (tx) => addThing(tx, 'kept'))
      const failing = database.tx('acme', async (tx) => {
        await addThing(tx, 'undone')
        throw new Error('this part alone')
      })
      await expect(failing).rejects.toThrow('this part alone')
      expect(await database.tx('acme', thingsIn, { readOnly: true })).toBe(1)
      if (meter?.meterKey === 'bad') throw refusal()
      return made('good')
    })
    await expect(client.createMeter(wanted('bad'), callAs(ann))).rejects.toThrow()
    expect(await bed.things()).toEqual([])
    await client.createMeter(wanted('good'), callAs(ann))
    expect(await bed.things()).toEqual(['kept'])
  })

  test('cannot be inside each other, nor beside a system transaction', async () => {
    const { database } = bed.acts
    const nested = bed.client(async () => {
      await database.tx('acme', () => database.tx('acme', thingsIn))
      return made('never')
    })
    await expect(nested.createMeter(wanted('never'), callAs(ann))).rejects.toThrow()
    const beside = bed.client(async () => {
      await database.system(thingsIn)
      await database.tx('acme', thingsIn)
      await expect(database.system(thingsIn)).rejects.toThrow('system transaction')
      return made('beside')
    })
    await beside.createMeter(wanted('beside'), callAs(ann))
  })

  test('are its own again once the call has ended', async () => {
    const ended = Promise.withResolvers<void>()
    let late: Promise<void> | undefined
    const client = bed.client(async (req, call) => {
      late = ended.promise.then(() => bed.acts.database.tx('acme', (tx) => addThing(tx, 'late')))
      return await addsThing(bed)(req, call)
    })
    await client.createMeter(wanted('early'), callAs(ann))
    ended.resolve()
    await late
    expect(await bed.things()).toEqual(['early', 'late'])
  })
})

test('what waits for the commit sees everything stored, and is dropped with a refusal', async () => {
  const seen: Promise<string[]>[] = []
  const client = bed.client(async (req, call) => {
    bed.acts.afterCommit(() => void seen.push(bed.things()))
    const reply = await addsThing(bed)(req, call)
    if (reply.meterKey === 'refused') throw refusal()
    return reply
  })
  await client.createMeter(wanted('stored'), callAs(ann))
  await expect(client.createMeter(wanted('refused'), callAs(ann))).rejects.toThrow()
  expect(await Promise.all(seen)).toEqual([['stored']])
  let atOnce = false
  bed.acts.afterCommit(() => {
    atOnce = true
  })
  expect(atOnce).toBe(true)
})

describe('what the contract says', () => {
  const handler = async () => made('m')

  test('is put around exactly the methods that it names', () => {
    const { implementation } = bed.acts.define(MeteringService, implementationOf(handler))
    const named = (is: (handler: object) => boolean) =>
      Object.keys(implementation).filter((name) => is(implementation[name] as object))
    expect(named(takesIdempotencyKey)).toContain('createMeter')
    expect(named(recordsActs)).toContain('createMeter')
    expect(named(recordsActs)).not.toContain('ingestEvents')
  })

  test.each([
    [
      'a public method whose handler does not record itself',
      UserService,
      'login',
      (h: object) => h,
    ],
    ['a method with a key that records itself', MeteringService, 'createMeter', recordsItself],
    [
      'a method that is not audited and records itself',
      InvoicingService,
      'getInvoice',
      recordsItself,
    ],
  ] as const)('cannot be kept for %s', (_name, service, method, mark) => {
    const every = service.methods.map(({ localName }) => [localName, recordsNothing()])
    const implementation = { ...Object.fromEntries(every), [method]: mark(recordsNothing()) }
    expect(() => bed.acts.define(service as never, implementation as never)).toThrow(
      /records? ?itself/i,
    )
  })
})

function recordsNothing() {
  return async () => ({})
}

test('an act belongs to the tenant of its transaction, and its texts are such that Postgres keeps', async () => {
  const call = createHandlerContext({
    service: MeteringService,
    method: MeteringService.method.createMeter,
    protocolName: 'test',
    requestMethod: 'POST',
    url: 'https://test',
    requestHeader: { 'x-request-id': 'req-9' },
  })
  const object = { long: 'x'.repeat(1_000), odd: 'a\0b\ud800' }
  const occurredAt = Temporal.Instant.from('2026-02-15T12:00:00.123456789Z')
  await bed.db.database.tx('acme', (tx) => recordAct(tx, call, { object, occurredAt }))
  const [act] = await bed.recorded()
  expect(act?.payload).toMatchObject({
    action: 'metering.create_meter',
    actor_kind: 'anonymous',
    object: { long: 'x'.repeat(256), odd: 'ab\ufffd' },
    request_id: 'req-9',
  })
  const system = bed.db.database.system((tx) => recordAct(tx, call, { object, occurredAt }))
  await expect(system).rejects.toThrow('belongs to a tenant')
})
