import { assert } from '@purser/kernel'
import type { Database, Tx } from '@purser/postgres'
import type { EventEnvelope } from './event.ts'

export type Subscription = {
  subject: string
  /** Stable name of who listens, `<service>.<purpose>`: part of the key that makes an event act once. */
  consumer: string
  /** Whose inbox records the event and whose transaction `handle` gets. */
  database: Database
  /**
   * The effect, inside the transaction that also records the event, scoped to the event's tenant.
   * Only what it does through `tx` happens exactly once, so it calls nobody: slow or outside work
   * becomes a job added in `tx`. An error undoes everything and leads to a retry.
   */
  handle(tx: Tx, event: EventEnvelope): Promise<void>
  /**
   * How many events this consumer handles at once, from 1. At 1, the default, it gets them in the order
   * of the outbox, except those that are retried.
   */
  concurrency?: number
}

/** Events that go on to a place that is no database of this process. */
export type Forwarding = {
  subject: string
  /** Stable name of who gets them, `<service>.<purpose>`. */
  consumer: string
  /**
   * Hands over events of one tenant, in the order of the outbox, and resolves once they are kept
   * there. After an error or a crash they are handed over again: the receiver knows them by their ids.
   */
  forward(tenantId: string, events: readonly EventEnvelope[], signal: AbortSignal): Promise<void>
  /**
   * Whose inbox keeps an event that is refused, by any error but those of a receiver that does not answer: those behind
   * it go on, it is tried again by itself and parked after its last attempt, as with a subscription. Left out, an event is
   * never parked: it holds up those behind it of its tenant until it is taken.
   */
  inbox?: Database
}

/** What a service needs to listen, and to hand on what it tells. */
export type Bus = Pick<InProcessBus, 'subscribe' | 'forward'>

/**
 * The subscriptions of one process. All are made before the relay starts, because an event that nobody
 * subscribes to is dropped: a later one is a bug and fails with an assertion.
 */
export class InProcessBus {
  readonly #bySubject = new Map<string, Subscription[]>()
  readonly #forwardings: Forwarding[] = []
  #sealed = false

  /** Registers a consumer of a subject; the pair must be new. */
  subscribe(subscription: Subscription): void {
    const { subject, consumer, concurrency = 1 } = subscription
    assert(!this.#sealed, () => `${consumer} subscribes after the relay has started`)
    assert(Number.isInteger(concurrency) && concurrency >= 1, 'concurrency is an integer from 1')
    const others = this.subscribersOf(subject)
    const isNew = others.every((other) => other.consumer !== consumer)
    assert(isNew, () => `${consumer} subscribes to ${subject} twice`)
    this.#bySubject.set(subject, [...others, subscription])
  }

  /** Registers where events of a subject go on to; the pair of subject and consumer must be new. */
  forward(forwarding: Forwarding): void {
    const { subject, consumer } = forwarding
    assert(!this.#sealed, () => `${consumer} wants events after the relay has started`)
    const isNew = this.#forwardings.every(
      (other) => other.subject !== subject || other.consumer !== consumer,
    )
    assert(isNew, () => `${consumer} is forwarded ${subject} twice`)
    this.#forwardings.push(forwarding)
  }

  /** Ends the time for subscriptions. */
  seal(): void {
    this.#sealed = true
  }

  /** Everyone who gets events of `subject`, in the order of subscription. */
  subscribersOf(subject: string): readonly Subscription[] {
    return this.#bySubject.get(subject) ?? []
  }

  /** The subjects that somebody listens to. */
  subjects(): string[] {
    const forwarded = this.#forwardings.map(({ subject }) => subject)
    return [...new Set([...this.#bySubject.keys(), ...forwarded])]
  }

  /** Every subscription. */
  subscriptions(): Subscription[] {
    return [...this.#bySubject.values()].flat()
  }

  /** Every forwarding. */
  forwardings(): readonly Forwarding[] {
    return this.#forwardings
  }
}
