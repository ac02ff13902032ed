import { fileURLToPath } from 'node:url'
import type { Client } from '@connectrpc/connect'
import { PaymentService, PaymentState, RefundState } from '@purser/contracts/payment/v1/payment'
import { UserService } from '@purser/contracts/user/v1/user'
import { migrateJobs } from '@purser/jobs'
import type { Clock } from '@purser/kernel'
import { asService, callValues, type Principal } from '@purser/rpc'
import { createLogger, noMetrics, silentLogger } from '@purser/runtime'
import { createTestDatabase, hostServices, type TestDatabase } from '@purser/testing'
import { createUserService, userManifest } from '@purser/user'
import {
  createPaymentService,
  type PaymentDeps,
  type PaymentProvider,
  paymentManifest,
} from '../src/index.ts'
import { SECRET } from './webhook-fixture.ts'

export { PaymentState, RefundState }

export const as = (tenant: string) => asService('test', tenant)

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

export type PaymentProcess = {
  payment: Client<typeof PaymentService>
  /** Lines of its log. */
  lines: string[]
  start(): Promise<void>
  stop(): Promise<void>
}

/** Databases of payment and user, with tenants acme and globex and their account ann. */
export type PaymentBed = {
  database: TestDatabase
  clock: MovableClock
  createProcess(changes?: Partial<PaymentDeps>): PaymentProcess
  /** One number that a statement answers, past row-level security. */
  count(sql: string, values?: readonly unknown[]): Promise<number>
  close(): Promise<void>
}

/**
 * The sandbox, given up at the moment when it falls silent: it does its work as ever, and no test has to
 * wait for it or depends on how long the work takes.
 */
function givenUpAtOnce(provider: PaymentProvider): PaymentProvider {
  const over = AbortSignal.abort(new Error('given up'))
  return {
    ...provider,
    charge: (request) => provider.charge(request, over),
    refund: (request) => provider.refund(request, over),
  }
}

export async function startBed(): Promise<PaymentBed> {
  const users = await createTestDatabase('user', fileURLToPath(userManifest.migrationsDir))
  const migrations = fileURLToPath(paymentManifest.migrationsDir)
  const database = await createTestDatabase('payment', migrations, {
    maxConnections: 12,
    jobs: { schema: 'payment_jobs', migrate: migrateJobs },
  })
  const clock = new MovableClock()
  const connectionOf = ({ adminUrl: url, role: name, password }: TestDatabase) => {
    return { url, role: name, password }
  }
  const shared = { clock, metrics: noMetrics, secret: SECRET }
  const userService = createUserService({
    ...shared,
    database: users.database,
    connection: connectionOf(users),
    log: silentLogger,
    issuer: 'test',
  })
  const user = hostServices(userService)(UserService)
  for (const tenant of ['acme', 'globex']) {
    const newTenant = { tenant, legalName: tenant, timeZone: 'UTC' }
    await user.createTenant({ newTenant }, as(tenant))
    const account = { accountId: 'ann', name: 'Ann' }
    await user.createAccount({ tenant, account }, as(tenant))
  }
  return {
    database,
    clock,
    createProcess: (changes = {}) => {
      const lines: string[] = []
      const destination = { write: (line: string) => void lines.push(line) }
      const service = createPaymentService({
        ...shared,
        database: database.database,
        connection: connectionOf(database),
        log: createLogger({ level: 'debug', name: 'payment', destination }),
        clients: { user },
        providerTimeoutMs: 20_000,
        wire: givenUpAtOnce,
        sweepPauseMs: 100,
        ...changes,
      })
      return {
        payment: hostServices(service)(PaymentService),
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
    close: async () => {
      await database.close()
      await users.close()
    },
  }
}

let wantedCount = 0

type Wanted = {
  tenant: string
  idempotencyKey: string
  amount: { amountCents: bigint; currency: string }
  orderId: string
  method: { case: 'paymentMethodToken' | 'paymentMethodId'; value: string }
  paymentId?: string
  accountId?: string
  returnUrl?: string
}

/** A payment as callers want it; of which no other has the key. */
export function wanted(token = 'tok_success', changes: Partial<Wanted> = {}): Wanted {
  wantedCount += 1
  return {
    tenant: 'acme',
    idempotencyKey: `checkout-${wantedCount}`,
    amount: { amountCents: 1_999n, currency: 'EUR' },
    orderId: `order-${wantedCount}`,
    method: { case: 'paymentMethodToken', value: token },
    ...changes,
  }
}

/** The states of a history, in order. */
export function pathOf(payment: { transitions: { toState: PaymentState }[] }): string {
  return payment.transitions.map(({ toState }) => PaymentState[toState].toLowerCase()).join(' ')
}
