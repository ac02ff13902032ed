const firstPauseMs = 1_000
const longestPauseMs = 30_000

/**
 * Subjects that could not be delivered because a subscriber's database did not answer. They are left
 * out for a while, so that their events at the head of the outbox do not keep others from passing.
 */
export class HeldBackSubjects {
  readonly #nowMs: () => number
  readonly #held = new Map<string, { failures: number; untilMs: number }>()

  /** `nowMs` is a monotonic clock in milliseconds. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Leaves the subject out: 1 s the first time, doubling with each failure in a row, up to 30 s. */
  hold(subject: string): void {
    const failures = (this.#held.get(subject)?.failures ?? 0) + 1
    const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs)
    this.#held.set(subject, { failures, untilMs: this.#nowMs() + pauseMs })
  }

  /** Forgets the failures of a subject that was delivered. */
  release(subject: string): void {
    this.#held.delete(subject)
  }

  /** Those of `subjects` that may be tried now. */
  admitted(subjects: readonly string[]): string[] {
    const nowMs = this.#nowMs()
    return subjects.filter((subject) => (this.#held.get(subject)?.untilMs ?? 0) <= nowMs)
  }
}
