import type { Tx } from '@purser/postgres'
import type { CounterMetric, Logger } from '@purser/runtime'
import type { EventEnvelope } from './event.ts'
import type { Subscription } from './in-process-bus.ts'
import { claimDueEvent, insertDoneEvent, type RetryPolicy, recordFailedAttempt } from './inbox.ts'

/** `repeated`: the consumer had the event before, or another process works on it; nothing was done. */
export type Outcome = 'done' | 'repeated' | 'retrying' | 'parked'

export type DeliveryOptions = RetryPolicy & {
  log: Logger
  outcomes: CounterMetric<'consumer' | 'outcome'>
  /** Bound of one transaction with its handler, in milliseconds. */
  handlerTimeoutMs: number
  /** Aborted when the process stops: what was under way then counts as not attempted. */
  signal: AbortSignal
}

const longestReason = 2_000

/**
 * Hands an event to a consumer: the inbox row and the effect in one transaction of the consumer's
 * database, so that the event acts once however often this is called. A failing handler leaves a row
 * that is retried. Rejects only when the failure itself could not be recorded (or the process stops);
 * the event must then be delivered again.
 */
export async function deliver(
  subscription: Subscription,
  event: EventEnvelope,
  options: DeliveryOptions,
): Promise<Outcome> {
  return await attempt(subscription, event, insertDoneEvent, options)
}

/** The next attempt for an event that `listDueEvents` found; otherwise as `deliver`. */
export async function deliverAgain(
  subscription: Subscription,
  event: EventEnvelope,
  options: DeliveryOptions,
): Promise<Outcome> {
  return await attempt(subscription, event, claimDueEvent, options)
}

type Claim = (tx: Tx, consumer: string, event: EventEnvelope) => Promise<boolean>

async function attempt(
  subscription: Subscription,
  event: EventEnvelope,
  claim: Claim,
  options: DeliveryOptions,
): Promise<Outcome> {
  const { consumer, database } = subscription
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.handlerTimeoutMs)])
  const work = async (tx: Tx): Promise<Outcome> => {
    if (!(await claim(tx, consumer, event))) return 'repeated'
    await subscription.handle(tx, event)
    return 'done'
  }
  let outcome: Outcome
  try {
    outcome = await database.tx(event.tenantId, work, { signal })
  } catch (error) {
    if (options.signal.aborted) throw error
    outcome = await recordFailure(subscription, event, error, options)
  }
  options.outcomes.inc({ consumer, outcome })
  return outcome
}

/** Counts a failed attempt in the inbox, says in the log what follows, and answers it. */
export async function recordFailure(
  { consumer, database }: Pick<Subscription, 'consumer' | 'database'>,
  event: EventEnvelope,
  err: unknown,
  options: DeliveryOptions,
): Promise<Outcome> {
  const outcome = await database.tx(event.tenantId, (tx) =>
    recordFailedAttempt(tx, consumer, event, reasonOf(err), options),
  )
  const { eventId, tenantId, subject } = event
  const fields = { err, consumer, eventId, tenantId, subject }
  if (outcome === 'parked') options.log.error(fields, 'event parked after its last attempt')
  else if (outcome === 'retrying') options.log.warn(fields, 'event handler failed, will retry')
  return outcome
}

/** Text for the inbox row: Postgres holds no NUL characters. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.replaceAll('\0', '').slice(0, longestReason)
}
