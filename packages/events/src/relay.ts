import { assert } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import { type Component, type Logger, type Metrics, noMetrics } from '@purser/runtime'
import type { DeliveryOptions } from './delivery.ts'
import { retriedForwardings } from './forward-events.ts'
import { HeldBackSubjects } from './held-back-subjects.ts'
import type { InProcessBus, Subscription } from './in-process-bus.ts'
import { PollLoop } from './poll-loop.ts'
import { relayBatch } from './relay-batch.ts'
import { retryBatch } from './retry-batch.ts'

export type RelayOptions = {
  bus: InProcessBus
  /** The services whose outboxes are emptied. */
  outboxes: readonly Database[]
  log: Logger
  metrics?: Metrics
  /** Events taken from an outbox at once, default 100. */
  batchSize?: number
  /**
   * The pause of an idle relay, default 1,000: what other processes publish and what waits for a retry is seen by then.
   * A commit of this process that published ends it.
   */
  pollIntervalMs?: number
  /** Attempts before an event is parked, default 12. */
  maxAttempts?: number
  /** The delay after the first failure, doubling with each further one, default 500. */
  retryDelayMs?: number
  /** No delay between attempts is longer; default 600,000. */
  maxRetryDelayMs?: number
  /** Bound of one handler with its transaction, default and most 20,000. */
  handlerTimeoutMs?: number
}

/** The outbox's transaction waits for handlers, and the server ends one that waits for a minute. */
const longestHandlerMs = 20_000

/**
 * Moves events from the outboxes to the subscribers. Several processes may relay the same outbox; each
 * event is taken by one. `drain` waits for the handlers under way, `stop` breaks them off (their
 * events are delivered again later).
 */
export function createRelay(options: RelayOptions): Component {
  const { bus, outboxes, log, batchSize = 100, pollIntervalMs = 1_000 } = options
  const stopping = new AbortController()
  const delivery = deliveryOptions(options, stopping.signal)
  let loops: PollLoop[] = []

  const loop = (name: string, step: () => Promise<boolean>): PollLoop =>
    new PollLoop({ name, log, intervalMs: pollIntervalMs, step })

  const drain = async (): Promise<void> => {
    await Promise.all(loops.map((each) => each.stop()))
  }

  return {
    name: 'event relay',
    start: async () => {
      bus.seal()
      loops = [
        ...outboxes.map((outbox) => {
          const heldBack = new HeldBackSubjects()
          const own = loop(`outbox ${outbox.schema}`, () =>
            relayBatch(outbox, bus, heldBack, batchSize, delivery),
          )
          outbox.onAnnounced(() => own.wake())
          return own
        }),
        ...byDatabase([
          ...bus.subscriptions(),
          ...retriedForwardings(bus.forwardings(), delivery),
        ]).map(([database, subscriptions]) =>
          loop(`inbox ${database.schema}`, () =>
            retryBatch(database, subscriptions, batchSize, delivery),
          ),
        ),
      ]
      for (const each of loops) each.start()
    },
    drain,
    stop: async () => {
      stopping.abort(new Error('the event relay stops'))
      await drain()
    },
  }
}

function deliveryOptions(options: RelayOptions, signal: AbortSignal): DeliveryOptions {
  const { log, metrics = noMetrics, handlerTimeoutMs = longestHandlerMs } = options
  assert(handlerTimeoutMs <= longestHandlerMs, `handlerTimeoutMs is at most ${longestHandlerMs}`)
  return {
    log,
    signal,
    outcomes: metrics.counter('purser_events_total', 'Events handed to consumers', [
      'consumer',
      'outcome',
    ]),
    maxAttempts: options.maxAttempts ?? 12,
    retryDelayMs: options.retryDelayMs ?? 500,
    maxRetryDelayMs: options.maxRetryDelayMs ?? 600_000,
    handlerTimeoutMs,
  }
}

function byDatabase(subscriptions: readonly Subscription[]): [Database, Subscription[]][] {
  return [...Map.groupBy(subscriptions, ({ database }) => database)]
}
