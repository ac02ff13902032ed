import type { CallOptions } from '@connectrpc/connect'
import { getOption } from '@bufbuild/protobuf'
import { audited } from '@purser/contracts/options'
import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { type AuditEntry, ActorKind } from '@purser/contracts/user/v1/audit'
import { createRelay, InProcessBus } from '@purser/events'
import { forwardActs, recordsActs } from '@purser/idempotency'
import { systemClock } from '@purser/kernel'
import { createDatabase, type Database, rolePassword } from '@purser/postgres'
import { asService, callValues, toProtoTimestamp } from '@purser/rpc'
import { silentLogger } from '@purser/runtime'
import { type BlankDatabase, waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServices, startServices } from './billing/start-services.ts'
import { createPlatformDatabase } from './platform-database.ts'

let database: BlankDatabase
let running: RunningServices
let outboxes: Database[]

beforeAll(async () => {
  database = await createPlatformDatabase()
  running = await startServices({
    postgresUrl: database.adminUrl,
    clock: systemClock,
    maxWorkers: 1,
  })
  outboxes = running.services
    .filter(({ manifest }) => manifest.publishesEvents)
    .map(({ manifest: { name } }) =>
      createDatabase({
        url: database.adminUrl,
        schema: name,
        role: `purser_${name}`,
        password: rolePassword('test', `purser_${name}`),
        log: silentLogger,
      }),
    )
  const newTenant = { tenant: 'acme', legalName: 'Acme', timeZone: 'UTC' }
  await running.client.user.createTenant({ newTenant }, asService('test', 'acme'))
})

afterAll(async () => {
  await Promise.all(outboxes.map((outbox) => outbox.close()))
  await running.close()
  await database.close()
})

/** A caller as the gateway passes it on. */
function callAs(kind: 'user' | 'api_key' | 'service', id: string, key?: string): CallOptions {
  const principal = { kind, id, tenant: 'acme', permissions: ['*'] }
  const headers = {
    'purser-client-address': '198.51.100.1',
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  }
  return { headers, contextValues: callValues(principal, `req-${id}`) }
}

/** Forwards what is in the outboxes until nothing for the log is left; `stumble` fails the first time. */
async function forwardAll({ stumble = false } = {}): Promise<void> {
  const bus = new InProcessBus()
  const acts = forwardActs(running.client.user)
  let failures = stumble ? 1 : 0
  bus.forward({
    ...acts,
    forward: async (...events) => {
      await acts.forward(...events)
      if (failures-- > 0) throw new Error('the reply was lost')
    },
  })
  const relay = createRelay({ bus, outboxes, log: silentLogger, pollIntervalMs: 5 })
  await relay.start()
  await waitFor(async () => (await waiting()) === 0)
  await relay.stop()
}

async function waiting(): Promise<number> {
  const counts = await Promise.all(
    outboxes.map(({ schema }) =>
      database.adminQuery(`select from "${schema}".outbox where subject = 'audit.recorded'`),
    ),
  )
  return counts.flat().length
}

/** The log of acme, the oldest entry first. */
async function log(): Promise<AuditEntry[]> {
  const question = { tenant: 'acme', pageSize: 1_000 }
  const answer = await running.client.user.listAuditEntries(question, callAs('user', 'usr_auditor'))
  return answer.entries.toReversed()
}

test('handlers record what the contract calls audited, and nothing else', () => {
  const wrong = running.services.flatMap(({ definition: { service, implementation } }) =>
    service.methods.filter(
      (method) =>
        recordsActs(implementation[method.localName] as object) !== getOption(method, audited),
    ),
  )
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('acts of all services stand in the log once, with who did what, also after a lost reply', async () => {
  const { user, metering, subscription, billing, invoicing } = running.client
  const tenant = 'acme'
  const account = { accountId: 'ann', name: 'Ann' }
  await user.createAccount({ tenant, account }, callAs('user', 'usr_1', 'once'))
  await user.createAccount({ tenant, account }, callAs('user', 'usr_1', 'once'))
  await expect(user.createAccount({ tenant, account }, callAs('user', 'usr_1'))).rejects.toThrow()
  const { apiKey } = await user.createApiKey(
    { tenant, name: 'key', permissions: ['metering.events.write'] },
    callAs('service', 'test'),
  )
  const meter = {
    meterKey: 'calls',
    name: 'Calls',
    eventType: 'call',
    aggregation: Aggregation.SUM,
  }
  await metering.createMeter({ tenant, meter }, callAs('api_key', 'key_1'))
  const prices = [
    {
      priceKey: 'base',
      description: 'Base fee',
      model: { case: 'flat' as const, value: { amount: '10' } },
    },
  ]
  const plan = { planKey: 'pro', terms: { name: 'Pro', currency: 'EUR', prices } }
  await subscription.createPlan({ tenant, plan }, callAs('user', 'usr_2'))
  const startTime = toProtoTimestamp(Temporal.Instant.from('2026-01-01T00:00:00Z'))
  const { subscriptionId } = await subscription.createSubscription(
    { tenant, subscription: { accountId: 'ann', planKey: 'pro', startTime } },
    callAs('user', 'usr_2'),
  )
  const { runId } = await billing.startRun({ tenant, period: '2026-01' }, callAs('user', 'usr_3'))
  const { invoices } = await invoicing.listInvoices({ tenant }, callAs('user', 'usr_3'))
  const invoice = invoices[0]?.invoiceId ?? ''
  await invoicing.finalizeInvoice({ tenant, invoice }, callAs('user', 'usr_3'))

  await forwardAll({ stumble: true })
  const entries = await log()
  const said = entries.map(({ action, actorKind, actorId, object }) => {
    return [action, ActorKind[actorKind], actorId, object]
  })
  const expected = [
    ['user.create_account', 'USER', 'usr_1', { account_id: 'ann' }],
    ['user.create_api_key', 'SERVICE', 'test', { api_key_id: apiKey?.apiKeyId }],
    ['metering.create_meter', 'API_KEY', 'key_1', { meter_key: 'calls' }],
    ['subscription.create_plan', 'USER', 'usr_2', { plan_key: 'pro', version: '1' }],
    [
      'subscription.create_subscription',
      'USER',
      'usr_2',
      expect.objectContaining({ subscription_id: subscriptionId, account_id: 'ann' }),
    ],
    ['billing.start_run', 'USER', 'usr_3', { run_id: runId, period: '2026-01' }],
    ['invoicing.finalize_invoice', 'USER', 'usr_3', expect.objectContaining({ invoice })],
  ]
  expect(said).toHaveLength(expected.length)
  expect(said).toEqual(expect.arrayContaining(expected))
  expect(new Set(entries.map(({ clientAddress }) => clientAddress))).toEqual(
    new Set(['198.51.100.1']),
  )
  expect(entries.find(({ actorId }) => actorId === 'key_1')?.requestId).toBe('req-key_1')
  const verified = await running.client.user.verifyAuditLog({ tenant }, callAs('user', 'usr_1'))
  expect(verified).toMatchObject({ intact: true, checkedCount: BigInt(expected.length) })
})

test('fifty acts at once in two services leave one chain without a gap', async () => {
  await forwardAll()
  const before = (await log()).length
  const { user, metering } = running.client
  await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      n % 2 === 0
        ? user.createAccount(
            { tenant: 'acme', account: { name: `a${n}` } },
            callAs('user', 'usr_4'),
          )
        : metering.createMeter(
            {
              tenant: 'acme',
              meter: {
                meterKey: `m${n}`,
                name: 'm',
                eventType: 'x',
                aggregation: Aggregation.COUNT,
              },
            },
            callAs('user', 'usr_4'),
          ),
    ),
  )
  await forwardAll()
  const entries = await log()
  expect(entries).toHaveLength(before + 50)
  expect(entries.map(({ sequence }) => Number(sequence))).toEqual(
    Array.from({ length: before + 50 }, (_, n) => n + 1),
  )
  const verified = await user.verifyAuditLog({ tenant: 'acme' }, callAs('user', 'usr_1'))
  expect(verified).toMatchObject({ intact: true, headHash: entries.at(-1)?.hash })
})
