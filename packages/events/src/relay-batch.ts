import type { Database } from '@purser/postgres'
import { type DeliveryOptions, deliver } from './delivery.ts'
import { forwardEvents } from './forward-events.ts'
import type { HeldBackSubjects } from './held-back-subjects.ts'
import type { Forwarding, InProcessBus, Subscription } from './in-process-bus.ts'
import {
  deleteOutboxEvents,
  deleteUnwantedEvents,
  lockOutboxBatch,
  type OutboxEvent,
} from './outbox.ts'

/** Events nobody listens to are removed unread, so many at once. */
const unwantedBatchSize = 1_000

/**
 * No event is begun later than this after its batch was locked. With the bound of one handler it keeps
 * the pause of the outbox's transaction within what the server lets a transaction idle.
 */
const batchTimeMs = 15_000

/**
 * Takes the next events of an outbox that no other relay holds, delivers each to all its subscribers
 * and removes it; true when there is more to take at once. An event that could not be delivered stays,
 * its subject is held back for a while. The rows are locked meanwhile, so that relays on other nodes
 * take the ones behind them; a crash before the removal means that the events are delivered again,
 * which the inboxes make harmless.
 */
export async function relayBatch(
  outbox: Database,
  bus: InProcessBus,
  heldBack: HeldBackSubjects,
  batchSize: number,
  options: DeliveryOptions,
): Promise<boolean> {
  const subjects = bus.subjects()
  return await outbox.system(async (tx) => {
    const unwanted = await deleteUnwantedEvents(tx, subjects, unwantedBatchSize)
    const events = await lockOutboxBatch(tx, heldBack.admitted(subjects), batchSize)
    const { kept, failing } = await deliverAll(events, bus, options)
    for (const subject of new Set(events.map((event) => event.subject))) {
      if (failing.has(subject)) heldBack.hold(subject)
      else heldBack.release(subject)
    }
    const delivered = events.filter(({ seq }) => !kept.has(seq)).map(({ seq }) => seq)
    if (delivered.length > 0) await deleteOutboxEvents(tx, delivered)
    return unwanted === unwantedBatchSize || events.length === batchSize || kept.size > 0
  })
}

type BatchOutcome = {
  /** `seq` of the events that some subscriber did not get. */
  kept: Set<bigint>
  /** Subjects with a subscriber whose database failed. */
  failing: Set<string>
}

/**
 * Each subscriber goes through its events at its own pace and gives up when its database fails; each
 * tenant's events are forwarded together, and one that is refused does not hold up the others.
 */
async function deliverAll(
  events: readonly OutboxEvent[],
  bus: InProcessBus,
  options: DeliveryOptions,
): Promise<BatchOutcome> {
  const kept = new Set<bigint>()
  const failing = new Set<string>()
  const endMs = performance.now() + batchTimeMs
  const isInTime = () => performance.now() < endMs
  const consume = async (subscription: Subscription): Promise<void> => {
    const { consumer, subject, concurrency = 1 } = subscription
    const own = events.filter((event) => event.subject === subject)
    let goesOn = true
    await inParallel(own, concurrency, async (event) => {
      goesOn &&= isInTime()
      try {
        if (goesOn) await deliver(subscription, event, options)
        else kept.add(event.seq)
      } catch (err) {
        goesOn = false
        kept.add(event.seq)
        failing.add(subject)
        if (!options.signal.aborted) options.log.error({ err, consumer, subject }, 'not delivered')
      }
    })
  }
  const handOn = async (forwarding: Forwarding): Promise<void> => {
    const own = events.filter((event) => event.subject === forwarding.subject)
    for (const [first, ...others] of Map.groupBy(own, (event) => event.tenantId).values()) {
      if (first === undefined) continue
      const group = [first, ...others] as const
      const goesOn = isInTime()
      const stays = goesOn ? await forwardEvents(forwarding, group, options, isInTime) : group
      if (goesOn && stays.length > 0) failing.add(forwarding.subject)
      for (const { seq } of stays) kept.add(seq)
    }
  }
  await Promise.all([...bus.subscriptions().map(consume), ...bus.forwardings().map(handOn)])
  return { kept, failing }
}

/** Starts in the order of the items, with at most `width` under way. */
async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane))
}
