import assert from 'node:assert/strict'
import { createDatabase } from '@purser/postgres'
import { asService } from '@purser/rpc'
import { noMetrics, silentLogger } from '@purser/runtime'
import { hostServices } from '@purser/testing'
import { PaymentService } from '@purser/contracts/payment/v1/payment'
import { createPaymentService, type PaymentProvider } from '../src/index.ts'
import { SECRET } from './webhook-fixture.ts'

/**
 * A process that charges or refunds and dies at a named moment. PLACE is the database of the test, ACT
 * what it does, MOMENT when it dies; it never ends by itself.
 */
const { PLACE, ACT, MOMENT } = process.env
assert(PLACE && ACT && MOMENT, 'PLACE, ACT and MOMENT are set')
const place = JSON.parse(PLACE) as { url: string; role: string; password: string }
const act = JSON.parse(ACT) as { method: 'createPayment' | 'refundPayment'; request: never }

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return await new Promise<never>(() => undefined)
}

const around =
  <Request, Answer>(ask: (request: Request, signal: AbortSignal) => Promise<Answer>) =>
  async (request: Request, signal: AbortSignal): Promise<Answer> => {
    if (MOMENT === 'before the provider') return await die()
    await ask(request, signal)
    return await die()
  }

const database = createDatabase({ ...place, schema: 'payment', log: silentLogger })
const service = createPaymentService({
  database,
  connection: place,
  clock: { now: () => Temporal.Instant.from('2026-02-15T12:00:00Z') },
  log: silentLogger,
  metrics: noMetrics,
  // Nothing here asks for an account.
  clients: { user: undefined as never },
  secret: SECRET,
  wire: (provider): PaymentProvider => ({
    ...provider,
    charge: around(provider.charge),
    refund: around(provider.refund),
  }),
})
const client = hostServices(service)(PaymentService)
await client[act.method](act.request, asService('test', 'acme'))
