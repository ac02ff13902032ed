/** Two clocks of this node: neither alone is to be trusted with the end of a lease. */
export type Clock = {
  /** Milliseconds that never go back, but may stand still while the machine sleeps. */
  monotonicMs(): number
  /** Milliseconds since 1970, which somebody may set back. */
  wallMs(): number
}

export const nodeClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
}
