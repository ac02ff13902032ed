import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { assert, type Clock, newId, PurserError } from '@purser/kernel'
import type { Database, Tx } from '@purser/postgres'
import type {
  ChargeOutcome,
  ChargeRef,
  ChargeRequest,
  LedgerEntry,
  PaymentProvider,
  RefundOutcome,
} from '../domain/provider.ts'
import { findCharges, listCharges, putCharge, type SandboxCharge } from './sandbox-ledger.ts'
import { outcomeOf } from './sandbox-outcome.ts'
import { findSandboxRefund } from './sandbox-refund.ts'
import { refundOutcome, refundSandboxCharge } from './refund-sandbox-charge.ts'
import { behaviorOf, cardOf } from './sandbox-token.ts'
import { readSandboxWebhook, SANDBOX_SIGNATURE_HEADER } from './sandbox-webhook.ts'

/** Its name. */
export const SANDBOX = 'sandbox'

/** What the sandbox is made with. */
export type SandboxOptions = {
  /** Where its own books are; never part of a caller's transaction. */
  database: Database
  clock: Clock
  /** Signs its webhooks. */
  webhookSecret: string
  /** Address of the web application, which has its page for shoppers. */
  webUrl: string
  /** How long a slow charge takes, in milliseconds. */
  slowMs: number
  /** Sends how a charge stands by webhook, in the transaction of the charge. */
  tell: (tx: Tx, tenantId: string, charge: SandboxCharge) => Promise<void>
}

/**
 * A provider that is always there: it keeps its own books, acts once a key, and does what the token
 * that it is given says. Money is play money.
 */
export function createSandboxProvider(options: SandboxOptions): PaymentProvider {
  const { database, clock, webhookSecret: secret, webUrl } = options
  const lost = new Set<string>()
  const read = <T>(tenantId: string, work: (tx: Tx) => Promise<T>) =>
    database.tx(tenantId, work, { readOnly: true })
  return {
    name: SANDBOX,
    signatureHeader: SANDBOX_SIGNATURE_HEADER,
    describe: async (_tenantId, token) => {
      const card = cardOf(token)
      if (card !== undefined) return card
      throw new PurserError('payment.unknown_method', 'The sandbox never gave this token.')
    },
    charge: (request, signal) => charge(options, request, signal),
    findCharge: async ({ tenantId, key }) => {
      const [found] = await read(tenantId, (tx) => findCharges(tx, tenantId, [key]))
      return found && outcomeOf(tenantId, found, webUrl)
    },
    abandonCharge: async (request) => {
      const charge = newCharge({ ...request, token: '' }, { status: 'abandoned' })
      return await put(options, request.tenantId, charge)
    },
    refund: async (request, signal) => {
      const outcome = await refundSandboxCharge({ database, clock, lost }, request)
      return outcome ?? (await silence(signal))
    },
    findRefund: (ref) => findRefund(database, ref),
    listCharges: async (question) => {
      const charges = await read(question.tenantId, (tx) => listCharges(tx, question))
      return charges.map(toEntry)
    },
    findCharges: async (tenantId, keys) => {
      const charges = await read(tenantId, (tx) => findCharges(tx, tenantId, keys))
      return charges.map(toEntry)
    },
    readWebhook: (message, now) => readSandboxWebhook(message, { secret, webUrl, now }),
  }
}

async function charge(
  options: SandboxOptions,
  request: ChargeRequest,
  signal: AbortSignal,
): Promise<ChargeOutcome> {
  const behavior = behaviorOf(request.token)
  if (behavior === undefined) {
    const unknown = { status: 'declined', declineCode: 'unknown_token' } as const
    return await put(options, request.tenantId, newCharge(request, unknown))
  }
  if (behavior.isSlow) await delay(options.slowMs, undefined, { signal })
  if (behavior.chargeSilence === 'before') return await silence(signal)
  const { charge: status = 'succeeded', declineCode = '', tellsTwice = false } = behavior
  const wanted = newCharge(request, { status, declineCode })
  const outcome = await put(options, request.tenantId, wanted, { tellsTwice })
  return behavior.chargeSilence === 'after' ? await silence(signal) : outcome
}

async function put(
  { database, clock, webUrl, tell }: SandboxOptions,
  tenantId: string,
  charge: SandboxCharge,
  { tellsTwice = false } = {},
): Promise<ChargeOutcome> {
  const stored = await database.tx(tenantId, async (tx) => {
    const inBooks = await putCharge(tx, tenantId, charge, clock.now().round('microsecond'))
    if (tellsTwice && inBooks.chargeId === charge.chargeId) await tell(tx, tenantId, inBooks)
    return inBooks
  })
  // A provider refuses a key that comes with another amount; we never send one.
  const isSame = stored.amountMinor === charge.amountMinor && stored.currency === charge.currency
  assert(isSame, 'a charge was repeated with another amount')
  return outcomeOf(tenantId, stored, webUrl)
}

function newCharge(
  { key, token, amount, returnUrl }: ChargeRequest,
  { status, declineCode = '' }: Pick<SandboxCharge, 'status'> & { declineCode?: string },
): SandboxCharge {
  const isChallenged = status === 'requires_action'
  return {
    key,
    chargeId: newId('sch'),
    token,
    ...amount,
    status,
    declineCode,
    challenge: isChallenged ? randomBytes(24).toString('base64url') : '',
    returnUrl,
    refundedMinor: 0n,
  }
}

async function findRefund(
  database: Database,
  { tenantId, key }: ChargeRef,
): Promise<RefundOutcome | undefined> {
  const find = (tx: Tx) => findSandboxRefund(tx, tenantId, key)
  const found = await database.tx(tenantId, find, { readOnly: true })
  return found && refundOutcome(found)
}

function toEntry({
  key,
  amountMinor,
  currency,
  status,
  refundedMinor,
}: SandboxCharge): LedgerEntry {
  const isPaid = status === 'succeeded'
  return { key, amount: { amountMinor, currency }, isPaid, status, refundedMinor }
}

/** Never answers; rejects when whoever asks gives up. */
async function silence(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted()
  return await new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
