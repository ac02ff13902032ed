import { assert, type ErrorCode, PurserError } from '@purser/kernel'
import type { MonotonicClock } from './throughput.ts'

/** The longest delay a Node timer takes; longer ones are re-armed. */
const longestTimerMs = 2 ** 31 - 1

export type DeadlineOptions = {
  /** Milliseconds from now, 0 or more. */
  timeoutMs: number
  /** Default `performance.now`. */
  nowMs?: MonotonicClock
  /** The code of the error; its kind should be `deadline_exceeded`. */
  code?: ErrorCode
}

/**
 * A point in time by which something must be done.
 *
 * `throwIfExceeded` between steps and `signal` for what waits throw the same PurserError, whose code
 * is `request.deadline_exceeded` unless another was handed in, with `timeout_ms` in its details.
 * Its timer does not keep the process alive; `dispose` (or `using`) frees it early.
 */
export class Deadline {
  readonly #endMs: number
  readonly #nowMs: MonotonicClock
  readonly #abort = new AbortController()
  readonly #error: () => PurserError
  #timer: NodeJS.Timeout | undefined

  constructor({
    timeoutMs,
    nowMs = () => performance.now(),
    code = 'request.deadline_exceeded',
  }: DeadlineOptions) {
    assert(timeoutMs >= 0, 'timeoutMs is not negative')
    this.#nowMs = nowMs
    this.#endMs = nowMs() + timeoutMs
    this.#error = () =>
      new PurserError(code, `Not done within ${timeoutMs} ms.`, {
        details: { timeout_ms: String(timeoutMs) },
      })
    this.#arm()
  }

  /** Aborted, with the PurserError as its reason, once the deadline has passed. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Milliseconds that are left, with fractions; 0 once the deadline has passed. */
  remainingMs(): number {
    return Math.max(0, this.#endMs - this.#nowMs())
  }

  /** Throws once the deadline has passed. */
  throwIfExceeded(): void {
    if (this.remainingMs() === 0) throw this.#error()
  }

  /** Frees the timer: from here `signal` is never aborted any more. */
  dispose(): void {
    clearTimeout(this.#timer)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** A timer may fire early against the clock handed in, so it asks that clock and waits on. */
  #arm(): void {
    const remainingMs = this.remainingMs()
    if (remainingMs === 0) {
      this.#abort.abort(this.#error())
      return
    }
    this.#timer = setTimeout(() => this.#arm(), Math.min(Math.ceil(remainingMs), longestTimerMs))
    this.#timer.unref()
  }
}
