import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { type CallOptions, createClient, type ServiceImpl } from '@connectrpc/connect'
import { Aggregation, MeterSchema, MeteringService } from '@purser/contracts/metering/v1/metering'
import { PurserError, systemClock } from '@purser/kernel'
import { statement, type Tx } from '@purser/postgres'
import { callValues, createPrincipalCodec, createServiceHost, type Principal } from '@purser/rpc'
import { silentLogger } from '@purser/runtime'
import { createTestDatabase, temporaryFolder } from '@purser/testing'
import { createActs } from './acts.ts'

const migrations = join(import.meta.dirname, '../migrations')
const outbox = join(import.meta.dirname, '../../events/migrations/0001-outbox.sql')

const insertThing = statement(
  'test.insert_thing',
  'insert into thing (tenant_id, name) values ($1, $2)',
)
const countThings = statement('test.count_things', 'select count(*) as things from thing')

/** The effect of the handlers here: a row of their own. */
export async function addThing(tx: Tx, name: string): Promise<void> {
  await tx.execute(insertThing, [tx.tenantId, name])
}

/** How many things a transaction sees. */
export async function thingsIn(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ things: bigint }>(countThings)
  return Number(row?.things)
}

export const ann: Principal = { kind: 'user', id: 'usr_ann', tenant: 'acme', permissions: ['*'] }

/** Options of a call, as the gateway sets them. */
export function callAs(principal: Principal, headers: Record<string, string> = {}): CallOptions {
  return { headers, contextValues: callValues(principal, 'req-1') }
}

type CreateMeter = ServiceImpl<typeof MeteringService>['createMeter']

/** Handlers of the whole contract, of which all but `createMeter` refuse. */
export function implementationOf(createMeter: CreateMeter): ServiceImpl<typeof MeteringService> {
  const refuse = () => Promise.reject(new PurserError('request.method_not_allowed', 'not here'))
  const others = MeteringService.methods.map((method) => [method.localName, refuse])
  // Every method has a handler, of which the types of one alone matter here.
  return { ...Object.fromEntries(others), createMeter } as ServiceImpl<typeof MeteringService>
}

/** A service on a schema with an outbox and keys, whose one method, `createMeter`, is the test's. */
export async function startBed({ maxConnections = 5 } = {}) {
  const folder = await temporaryFolder()
  await copyFile(join(migrations, '0001-idempotency.sql'), join(folder.path, '0001-key.sql'))
  await copyFile(outbox, join(folder.path, '0002-outbox.sql'))
  const table = `create table thing (tenant_id text not null, name text primary key);
    select protect_tenant_table('thing');`
  await writeFile(join(folder.path, '0003-thing.sql'), table)
  const db = await createTestDatabase('acts', folder.path, { maxConnections })
  const acts = createActs({ database: db.database, clock: systemClock })
  return {
    acts,
    db,
    client: (createMeter: CreateMeter) => {
      const host = createServiceHost({
        services: [acts.define(MeteringService, implementationOf(createMeter))],
        log: silentLogger,
        principals: createPrincipalCodec({ key: 'k'.repeat(32) }),
      })
      return createClient(MeteringService, host.transport())
    },
    /** Names of the things of all tenants. */
    things: async () => {
      const rows = await db.adminQuery<{ name: string }>('select name from acts.thing order by 1')
      return rows.map(({ name }) => name)
    },
    /** What was recorded, in order. */
    recorded: async () =>
      await db.adminQuery<{ tenant_id: string; payload: Record<string, unknown> }>(
        `select tenant_id, payload from acts.outbox where subject = 'audit.recorded' order by seq`,
      ),
    close: async () => {
      await db.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export type Bed = Awaited<ReturnType<typeof startBed>>

/** A request for a meter. */
export const wanted = (meterKey: string) => ({
  tenant: 'acme',
  meter: { meterKey, name: meterKey, eventType: 'call', aggregation: Aggregation.COUNT },
})

/** The reply to it. */
export const made = (meterKey: string) => create(MeterSchema, { meterKey, name: meterKey })

/** A handler that adds a thing named like the meter, in one transaction. */
export function addsThing({ acts }: Bed): CreateMeter {
  return async ({ tenant, meter }) => {
    const name = meter?.meterKey ?? ''
    await acts.database.tx(tenant, (tx) => addThing(tx, name))
    return made(name)
  }
}
