/** What a process of the proof is told to do; it answers a `ProofCount`. */
export type ProofTask = {
  tenant: string
  accountId: string
  featureKey: string
  /** Requests of one unit each that are sent, from the number `from` on. */
  requests: number
  from: number
  /** On their way at once. */
  callers: number
  /** Start of the id of each request, its number follows; requests without ids when left out. */
  idPrefix?: string
  /** Sends again, under the same id, what nobody answered. */
  persistent?: boolean
  /** File that each admitted request is noted in before the next is sent. */
  ackFile?: string
  /** Goes on beyond `requests` until so much time is over, with a pause after each refusal. */
  durationMs?: number
}

/** Requests by what became of them. A repeated one counts as admitted. */
export type ProofCount = { admitted: number; refused: number; failed: number }

/** A wish for a lease of a process that is going to be killed. */
export type LeaseTask = {
  tenant: string
  accountId: string
  featureKey: string
  leaseId: string
  units: number
  leaseSeconds: number
  /** Units that it reports before it dies. */
  reported: number
}

/** How a process reaches the engine, and how far its clock is off. */
export type ProofNode = { postgresUrl: string; password: string; clockOffMs: number }
