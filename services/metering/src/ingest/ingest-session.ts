import { EventBatch } from '../domain/event-batch.ts'
import type { EventGate } from '../domain/event-gate.ts'
import type { Decoded } from './decode-event.ts'
import { IngestReport } from './ingest-report.ts'

/** Events in one insert: large enough that the statement's own cost vanishes, small enough to hold many. */
const BATCH_SIZE = 5_000

/** Inserts of one call that may be under way at once, so that parsing and storing overlap. */
const MAX_PENDING_BATCHES = 3

/** Stores a batch in one statement; answers how many of its events were new. Resolves after the commit. */
export type StoreBatch = (batch: EventBatch) => Promise<number>

/**
 * One ingest call: takes decoded events in order, refuses by policy, and stores the rest in batches.
 * Memory is bounded by (1 + MAX_PENDING_BATCHES) × BATCH_SIZE events. When a batch fails, the call fails;
 * batches stored before stay, and sending everything again counts them as duplicates.
 */
export class IngestSession {
  readonly #gate: EventGate
  readonly #arrivalMicros: number
  readonly #store: StoreBatch
  readonly #report = new IngestReport()
  readonly #pending = new Set<Promise<void>>()
  #batch = new EventBatch()
  #failure: { error: unknown } | undefined

  constructor(options: { gate: EventGate; arrivalMicros: number; store: StoreBatch }) {
    this.#gate = options.gate
    this.#arrivalMicros = options.arrivalMicros
    this.#store = options.store
  }

  /** Takes the event at a line, counted from 1. */
  take(line: number, decoded: Decoded): void {
    if (!decoded.ok) return this.#report.reject(line, decoded.id, decoded.refusal)
    const refusal = this.#gate.refuse(decoded.event)
    if (refusal !== undefined) return this.#report.reject(line, decoded.event.id, refusal)
    this.#batch.add(decoded.event, this.#arrivalMicros)
    if (this.#batch.size >= BATCH_SIZE) this.#flush()
  }

  /** Waits until more may be taken. Call between chunks of input. Throws what a batch failed with. */
  async ready(): Promise<void> {
    while (this.#pending.size >= MAX_PENDING_BATCHES) await Promise.race(this.#pending)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Stores what is left, waits for every commit, and reports. Throws what a batch failed with. */
  async finish(): Promise<IngestReport> {
    if (this.#batch.size > 0) this.#flush()
    await Promise.all(this.#pending)
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#report
  }

  #flush(): void {
    const batch = this.#batch
    this.#batch = new EventBatch()
    const stored = this.#store(batch).then(
      (inserted) => this.#report.countStored(batch.size, inserted),
      (error: unknown) => {
        this.#failure ??= { error }
      },
    )
    this.#pending.add(stored)
    void stored.then(() => this.#pending.delete(stored))
  }
}
