import { type Clock, newId } from '@purser/kernel'
import type { Database, Tx } from '@purser/postgres'
import type { Carrier, LabelOutcome, LabelRequest } from '../domain/carrier.ts'
import { putSandboxLabel, type SandboxLabel } from './sandbox-label.ts'
import { readSandboxNews, SANDBOX_SIGNATURE_HEADER } from './sandbox-webhook.ts'

/** Its name. */
export const SANDBOX = 'sandbox'

/** What the sandbox is made with. */
export type SandboxOptions = {
  /** Where its own books are; never part of a caller's transaction. */
  database: Database
  clock: Clock
  /** Signs its webhooks. */
  webhookSecret: string
  /** Sends by webhook that a label is ready, in the transaction of the label. */
  tell: (tx: Tx, tenantId: string, label: SandboxLabel) => Promise<void>
}

/** What its services do, apart from giving a label. It refuses any other service. */
const services = {
  standard: {},
  express: {},
  refuses: { refuses: true },
  /** Falls silent and has done nothing. */
  silent_before: { silence: 'before' },
  /** Makes the label and falls silent. */
  silent_after: { silence: 'after' },
  /** Also tells by webhook that the label is ready, twice. */
  answers_twice: { tellsTwice: true },
} as const satisfies Record<string, Behavior>

type Behavior = { refuses?: boolean; silence?: 'before' | 'after'; tellsTwice?: boolean }

/** A carrier that is always there: it keeps its own books and makes one label a key. */
export function createSandboxCarrier(options: SandboxOptions): Carrier {
  const { webhookSecret: secret } = options
  return {
    name: SANDBOX,
    services: new Set(Object.keys(services)),
    signatureHeader: SANDBOX_SIGNATURE_HEADER,
    createLabel: (request, signal) => createLabel(options, request, signal),
    voidLabel: async ({ tenantId, key }) => {
      await put(options, tenantId, { key, status: 'voided' })
    },
    readWebhook: (message, now) => readSandboxNews(message, { secret, now }),
  }
}

async function createLabel(
  options: SandboxOptions,
  { tenantId, key, service }: LabelRequest,
  signal: AbortSignal,
): Promise<LabelOutcome> {
  const behavior: Behavior = Object.hasOwn(services, service)
    ? services[service as keyof typeof services]
    : { refuses: true }
  if (behavior.silence === 'before') return await silence(signal)
  const status = behavior.refuses ? 'refused' : 'ready'
  const tells = behavior.tellsTwice === true
  const { status: state, trackingNumber } = await put(options, tenantId, { key, status }, tells)
  if (behavior.silence === 'after') return await silence(signal)
  return state === 'ready' ? { state, trackingNumber } : { state }
}

async function put(
  { database, clock, tell }: SandboxOptions,
  tenantId: string,
  { key, status }: Pick<SandboxLabel, 'key' | 'status'>,
  tells = false,
): Promise<SandboxLabel> {
  const wanted = { key, status, trackingNumber: newTrackingNumber() }
  return await database.tx(tenantId, async (tx) => {
    const inBooks = await putSandboxLabel(tx, tenantId, wanted, clock.now().round('microsecond'))
    if (tells && inBooks.trackingNumber === wanted.trackingNumber) await tell(tx, tenantId, inBooks)
    return inBooks
  })
}

function newTrackingNumber(): string {
  return newId('sbx').replace('_', '').toUpperCase()
}

/** Never answers; rejects when whoever asks gives up. */
async function silence(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted()
  return await new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
