import type { Refusal } from './decision.ts'

/** A refusal is believed no longer, so that units bought on top count at once. */
const LONGEST_MS = 1_000
/** Nor shorter, so that callers who are refused do not become load. */
const SHORTEST_MS = 100
const MS_PER_SECOND = 1_000

/** Remembers for moments that units were refused, so that asking for as many again is answered here. */
export class RefusalMemory {
  #refusal: Refusal | undefined
  #units = 0
  #untilMs = 0
  #fitsAtMs: number | undefined

  /** Units were refused at the monotonic moment `nowMs`. */
  remember(refusal: Refusal, units: number, nowMs: number): void {
    if (this.#refusal !== undefined && nowMs < this.#untilMs && units > this.#units) return
    const { retryAfterSeconds: seconds } = refusal
    // Seconds are told rounded up: the units may fit up to one earlier.
    const soonestMs = seconds === undefined ? LONGEST_MS : (seconds - 1) * MS_PER_SECOND
    this.#refusal = refusal
    this.#units = units
    this.#untilMs = nowMs + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, soonestMs))
    this.#fitsAtMs = seconds === undefined ? undefined : nowMs + seconds * MS_PER_SECOND
  }

  forget(): void {
    this.#refusal = undefined
  }

  /** The refusal that answers as many units, with the countdown as of now. */
  find(units: number, nowMs: number): Refusal | undefined {
    if (this.#refusal === undefined) return undefined
    if (nowMs >= this.#untilMs) this.#refusal = undefined
    if (this.#refusal === undefined || units < this.#units) return undefined
    if (this.#fitsAtMs === undefined) return this.#refusal
    const retryAfterSeconds = Math.max(1, Math.ceil((this.#fitsAtMs - nowMs) / MS_PER_SECOND))
    return { ...this.#refusal, retryAfterSeconds }
  }
}
