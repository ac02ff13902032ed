import { type ErrorKind, isPurserError } from '@purser/kernel'

/**
 * Milliseconds for which a verified credential is believed, counted from before it was asked about: no request that
 * comes in longer after the answer to a revocation gets in, at any gateway. Below the 5 s that deprovisioning promises.
 */
export const REVOCATION_BOUND_MS = 4_000

/** How long a refused credential is refused without asking again. */
const NEGATIVE_TTL_MS = 1_000

/** Credentials remembered at once; the oldest is forgotten first. */
const MAX_ENTRIES = 10_000

type Entry<Verdict> = { verdict: Promise<Verdict>; good?: Verdict; expiresAtMs: number }

/** Asks about a credential. `expireIn` shortens, in milliseconds, how long a good answer is believed. */
export type Ask<Verdict> = (expireIn: (lifeMs: number) => void) => Promise<Verdict>

/** Remembers for moments what the user service said of credentials, good or bad; outages are not remembered. */
export class VerdictCache<Verdict> {
  readonly #nowMs: () => number
  readonly #entries = new Map<string, Entry<Verdict>>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** A good verdict that is still believed, without waiting; undefined otherwise. */
  recall(credential: string): Verdict | undefined {
    const known = this.#entries.get(credential)
    return known !== undefined && this.#nowMs() < known.expiresAtMs ? known.good : undefined
  }

  /** The verdict on a credential; asked once for all that want it at the same time. Throws what `ask` throws. */
  async get(credential: string, ask: Ask<Verdict>): Promise<Verdict> {
    const known = this.#entries.get(credential)
    if (known !== undefined && this.#nowMs() < known.expiresAtMs) return await known.verdict
    const entry: Entry<Verdict> = {
      verdict: ask((lifeMs) => {
        entry.expiresAtMs = Math.min(entry.expiresAtMs, this.#nowMs() + lifeMs)
      }),
      expiresAtMs: this.#nowMs() + REVOCATION_BOUND_MS,
    }
    this.#remember(credential, entry)
    try {
      entry.good = await entry.verdict
      return entry.good
    } catch (error) {
      entry.expiresAtMs = isRefusal(error) ? this.#nowMs() + NEGATIVE_TTL_MS : 0
      throw error
    }
  }

  #remember(credential: string, entry: Entry<Verdict>): void {
    this.#entries.delete(credential)
    this.#entries.set(credential, entry)
    const oldest = this.#entries.keys().next()
    if (this.#entries.size > MAX_ENTRIES && !oldest.done) this.#entries.delete(oldest.value)
  }
}

const refusals: ReadonlySet<ErrorKind> = new Set([
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
  'not_found',
  'failed_precondition',
])

/** Whether an error says that the credential is bad, rather than that nobody could tell. */
export function isRefusal(error: unknown): boolean {
  return isPurserError(error) && refusals.has(error.kind)
}
