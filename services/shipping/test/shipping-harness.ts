import { fileURLToPath } from 'node:url'
import type { Client } from '@connectrpc/connect'
import { RateBasis } from '@purser/contracts/shipping/v1/method'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { migrateJobs } from '@purser/jobs'
import type { Clock } from '@purser/kernel'
import { asService, callValues, type Principal } from '@purser/rpc'
import { createLogger, noMetrics } from '@purser/runtime'
import { createTestDatabase, hostServices, type TestDatabase } from '@purser/testing'
import {
  type Carrier,
  createShippingService,
  type ShippingDeps,
  shippingManifest,
} from '../src/index.ts'
import { SECRET } from './webhook-fixture.ts'

export { RateBasis, ShipmentState }

export const as = (tenant = 'acme') => asService('test', tenant)

/** Options of a call by a person of a tenant. */
export function asPerson(id: string, tenant = 'acme') {
  const principal: Principal = { kind: 'user', id, tenant, permissions: ['*'] }
  return { contextValues: callValues(principal, 'req-1') }
}

/** A clock that tests move. */
class MovableClock implements Clock {
  #now = Temporal.Instant.from('2026-02-15T12:00:00Z')

  now(): Temporal.Instant {
    return this.#now
  }

  add(duration: Temporal.DurationLike): void {
    this.#now = this.#now.add(duration)
  }
}

type Shipping = Client<typeof ShippingService>

export type ShippingProcess = {
  shipping: Shipping
  /** Lines of its log. */
  lines: string[]
  start(): Promise<void>
  stop(): Promise<void>
}

export type ShippingBed = {
  database: TestDatabase
  clock: MovableClock
  createProcess(changes?: Partial<ShippingDeps>): ShippingProcess
  /** One number that a statement answers, past row-level security. */
  count(sql: string, values?: readonly unknown[]): Promise<number>
  close(): Promise<void>
}

/**
 * The sandbox, given up at the moment when it falls silent: it does its work as ever, and no test has to
 * wait for it or depends on how long the work takes.
 */
function givenUpAtOnce(carrier: Carrier): Carrier {
  const over = AbortSignal.abort(new Error('given up'))
  return { ...carrier, createLabel: (request) => carrier.createLabel(request, over) }
}

export async function startBed(): Promise<ShippingBed> {
  const migrations = fileURLToPath(shippingManifest.migrationsDir)
  const database = await createTestDatabase('shipping', migrations, {
    maxConnections: 12,
    jobs: { schema: 'shipping_jobs', migrate: migrateJobs },
  })
  const { adminUrl, role, password } = database
  const clock = new MovableClock()
  return {
    database,
    clock,
    createProcess: (changes = {}) => {
      const lines: string[] = []
      const destination = { write: (line: string) => void lines.push(line) }
      const service = createShippingService({
        database: database.database,
        connection: { url: adminUrl, role, password },
        clock,
        log: createLogger({ level: 'debug', name: 'shipping', destination }),
        metrics: noMetrics,
        secret: SECRET,
        carrierTimeoutMs: 20_000,
        wire: givenUpAtOnce,
        sweepPauseMs: 100,
        ...changes,
      })
      return {
        shipping: hostServices(service)(ShippingService),
        lines,
        start: async () => {
          for (const component of service.components) await component.start()
        },
        stop: async () => {
          for (const component of service.components.toReversed()) {
            await component.drain?.()
            await component.stop()
          }
        },
      }
    },
    count: async (sql, values = []) => {
      const [row] = await database.adminQuery<{ count: bigint | string }>(sql, values)
      return Number(row?.count)
    },
    close: () => database.close(),
  }
}

/** Zone `malta`, and a method in it for each service of the sandbox, named like it, at 5.00 EUR. */
export async function openMalta(shipping: Shipping, tenant = 'acme'): Promise<void> {
  const areas = [{ country: 'MT' }]
  await shipping.putZone({ tenant, zoneKey: 'malta', title: 'Malta', areas }, as(tenant))
  const tiers = [{ priceCents: 500n }]
  const rates = [{ zoneKey: 'malta', currency: 'EUR', basis: RateBasis.PIECES, tiers }]
  const services = ['standard', 'refuses', 'silent_before', 'silent_after', 'answers_twice']
  for (const service of services) {
    const method = { methodKey: service, title: service, carrierService: service, rates }
    await shipping.putMethod({ tenant, ...method }, as(tenant))
  }
}

export const recipient = {
  name: 'Zoë Łukasz',
  email: 'Zoe@example.com',
  address: {
    lines: ['12 Harbour Street', 'Floor 3'],
    city: 'Valletta',
    region: '',
    postalCode: 'VLT 1110',
    country: 'MT',
  },
}

let wantedCount = 0

type Line = { orderLineId: string; quantity: bigint; orderedQuantity: bigint }

type Wanted = {
  tenant: string
  idempotencyKey: string
  orderId: string
  lines: Line[]
  recipient: typeof recipient
  methodKey: string
  accountId?: string
  weightGrams?: bigint
}

/** A shipment as orders want it; of which no other has the key, and no other the order. */
export function wanted(methodKey = 'standard', changes: Partial<Wanted> = {}): Wanted {
  wantedCount += 1
  return {
    tenant: 'acme',
    idempotencyKey: `key-${wantedCount}`,
    orderId: `order-${wantedCount}`,
    lines: [{ orderLineId: 'line-1', quantity: 2n, orderedQuantity: 2n }],
    recipient,
    methodKey,
    ...changes,
  }
}

/** The states of a history, in order. */
export function pathOf({ transitions }: { transitions: { toState: ShipmentState }[] }): string {
  return transitions.map(({ toState }) => ShipmentState[toState].toLowerCase()).join(' ')
}
