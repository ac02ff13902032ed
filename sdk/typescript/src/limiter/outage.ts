const PROBE_EVERY_MS = 1_000

/** Whether the service cannot be reached, as one limiter knows: then nobody waits for it, one asks now and then. */
export class Outage {
  #isOn = false
  #probeAtMs = 0

  get isOn(): boolean {
    return this.#isOn
  }

  /** The service was not reached. */
  begin(nowMs: number): void {
    this.#isOn = true
    this.#probeAtMs = nowMs + PROBE_EVERY_MS
  }

  /** The service answered. */
  end(): void {
    this.#isOn = false
  }

  /** Whether it is time to ask whether the service is back; true once a second. */
  takeProbe(nowMs: number): boolean {
    if (!this.#isOn || nowMs < this.#probeAtMs) return false
    this.#probeAtMs = nowMs + PROBE_EVERY_MS
    return true
  }
}
