import { type ErrorKind, isPurserError } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import { type DeliveryOptions, recordFailure } from './delivery.ts'
import type { EventEnvelope } from './event.ts'
import type { Forwarding, Subscription } from './in-process-bus.ts'

/** Kinds of errors that pass and say nothing of the events: nobody answered, or not in time. */
const passing: ReadonlySet<ErrorKind> = new Set([
  'unavailable',
  'deadline_exceeded',
  'resource_exhausted',
])

/** Why events were not taken; `isPassing` when it says nothing of them. */
type Failure = { err: unknown; isPassing: boolean }

/**
 * Hands events of one tenant on together and answers those that have to stay in the outbox: all of them after an
 * error that passes. Those of a forwarding with an inbox that are refused together are handed on one by one; each
 * that is refused by itself is counted and tried again from the inbox, out of the way of the others. `isInTime` ends that.
 */
export async function forwardEvents<Event extends EventEnvelope>(
  forwarding: Forwarding,
  events: readonly [Event, ...Event[]],
  options: DeliveryOptions,
  isInTime: () => boolean,
): Promise<readonly Event[]> {
  const { consumer, subject, inbox } = forwarding
  const failure = await handOn(forwarding, events, options)
  if (failure === undefined) {
    options.outcomes.inc({ consumer, outcome: 'done' }, events.length)
    return []
  }
  const { err, isPassing } = failure
  if (inbox === undefined || isPassing) {
    const { tenantId } = events[0]
    if (!options.signal.aborted)
      options.log.error({ err, consumer, subject, tenantId }, 'not taken over')
    options.outcomes.inc({ consumer, outcome: 'retrying' }, events.length)
    return events
  }
  if (events.length === 1) return await countRefusal(inbox, consumer, events[0], err, options)
  for (const [index, event] of events.entries()) {
    const stays = isInTime() ? await forwardEvents(forwarding, [event], options, isInTime) : [event]
    if (stays.length > 0) return events.slice(index)
  }
  return []
}

/** How events that were refused are tried again from their inboxes: each by itself, as a consumer would get it. */
export function retriedForwardings(
  forwardings: readonly Forwarding[],
  { signal, handlerTimeoutMs }: DeliveryOptions,
): Subscription[] {
  return forwardings.flatMap(({ subject, consumer, inbox, forward }) => {
    if (inbox === undefined) return []
    const handle: Subscription['handle'] = async (_tx, event) => {
      const bound = AbortSignal.any([signal, AbortSignal.timeout(handlerTimeoutMs)])
      await forward(event.tenantId, [event], bound)
    }
    return [{ subject, consumer, database: inbox, handle }]
  })
}

/** Undefined once the events were taken. */
async function handOn(
  { forward }: Forwarding,
  events: readonly [EventEnvelope, ...EventEnvelope[]],
  { handlerTimeoutMs, signal }: DeliveryOptions,
): Promise<Failure | undefined> {
  const bound = AbortSignal.any([signal, AbortSignal.timeout(handlerTimeoutMs)])
  try {
    bound.throwIfAborted()
    await forward(events[0].tenantId, events, bound)
    return undefined
  } catch (err) {
    return { err, isPassing: bound.aborted || (isPurserError(err) && passing.has(err.kind)) }
  }
}

/** Moves the event on to the inbox; it stays when that is not possible either. */
async function countRefusal<Event extends EventEnvelope>(
  database: Database,
  consumer: string,
  event: Event,
  err: unknown,
  options: DeliveryOptions,
): Promise<readonly Event[]> {
  try {
    const outcome = await recordFailure({ consumer, database }, event, err, options)
    options.outcomes.inc({ consumer, outcome })
    return []
  } catch (failure) {
    const { subject, tenantId } = event
    options.log.error({ err: failure, consumer, subject, tenantId }, 'a refusal was not recorded')
    return [event]
  }
}
