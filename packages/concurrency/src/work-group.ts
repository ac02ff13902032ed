import { Slots } from './slots.ts'

export type WorkGroupOptions = {
  /** Ends the group from outside: a deadline, a shutdown. Queued works are dropped. */
  signal?: AbortSignal
  /** The first failing work aborts the group's signal. Default true. */
  abortOnError?: boolean
}

type Go = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

/**
 * Works that succeed or stop together, under the bound of the limiter that made the group.
 *
 * After the first error (or an abort from outside) works that still wait never start and works that
 * run see `signal` aborted. `settle` waits for all of them and throws that first error.
 */
export class WorkGroup {
  readonly #go: Go
  readonly #abortOnError: boolean
  readonly #abort = new AbortController()
  readonly #inFlight = new Set<Promise<unknown>>()
  #firstError: { error: unknown } | undefined

  /** Aborted by the first error and by the signal handed in. */
  readonly signal: AbortSignal

  constructor(go: Go, { signal, abortOnError = true }: WorkGroupOptions = {}) {
    this.#go = go
    this.#abortOnError = abortOnError
    this.signal = signal ? AbortSignal.any([signal, this.#abort.signal]) : this.#abort.signal
  }

  /**
   * Queues `work` and settles as it does. The promise need not be awaited: an error is kept for
   * `settle`, which the caller must await.
   */
  go<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const running = this.#go(() => this.#guard(work), this.signal)
    const watched: Promise<unknown> = running
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#inFlight.delete(watched))
    this.#inFlight.add(watched)
    return running
  }

  /**
   * Runs `work` for each item with at most `width` (an integer from 1) of them queued or running, so
   * that a source of any length (a cursor, a generator) is read only as fast as it is worked off.
   * With `abortOnError` it stops reading at the first error; it throws that error, or one of the
   * source, once nothing of this group runs any more.
   */
  async each<Item>(
    items: Iterable<Item> | AsyncIterable<Item>,
    width: number,
    work: (item: Item, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const places = new Slots(width)
    const leave = (): void => places.release()
    try {
      for await (const item of items) {
        await places.take()
        if (this.signal.aborted) break
        this.go((signal) => work(item, signal)).then(leave, leave)
      }
    } catch (sourceError) {
      this.#fail(sourceError)
      this.#abort.abort(sourceError)
    }
    await this.settle()
  }

  /**
   * Resolves when every work of the group has ended; rejects with the first error, or with the
   * reason of the signal handed in if that ended the group.
   */
  async settle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight)
    if (this.#firstError) throw this.#firstError.error
    this.signal.throwIfAborted()
  }

  /** Aborts while the failed work still holds its worker, so that no queued work slips in between. */
  async #guard<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await work(this.signal)
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  #fail(error: unknown): void {
    this.#firstError ??= { error }
    if (this.#abortOnError) this.#abort.abort(error)
  }
}
