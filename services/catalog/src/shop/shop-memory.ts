/** Longest that an answer is given again, in milliseconds. */
const FRESH_MS = 1_000

/** Most answers that are kept, of all tenants: a few kilobytes each. */
const MOST_ANSWERS = 500

type Remembered = { answer: Promise<unknown>; askedAtMs: number; now: Temporal.Instant }

/**
 * Answers of the shop, given again for at most a second: one that is asked for at a moment was begun to be read no
 * earlier than a second before it, in real time and in that of `now`. `forget` makes what this process writes visible at
 * once. Calls that come while the same answer is being read wait for that reading. What is answered is shared: nobody
 * changes it. Failures are not kept.
 */
export class ShopMemory {
  readonly #byTenant = new Map<string, Map<string, Remembered>>()
  #count = 0

  /** The answer to a question, which `key` names completely but for the tenant and the time. */
  async recall<T>(
    { tenantId, key, now }: { tenantId: string; key: string; now: Temporal.Instant },
    read: () => Promise<T>,
  ): Promise<T> {
    const known = this.#byTenant.get(tenantId)?.get(key)
    // The key names the method, and so the type of its answer.
    if (known && isFresh(known, now)) return (await known.answer) as T
    const remembered: Remembered = { answer: read(), askedAtMs: performance.now(), now }
    this.#keep(tenantId, key, remembered)
    try {
      return (await remembered.answer) as T
    } catch (error) {
      this.#drop(tenantId, key, remembered)
      throw error
    }
  }

  /** Answers of a tenant that were read, or begun to be, until now are not given again. */
  forget(tenantId: string): void {
    this.#count -= this.#byTenant.get(tenantId)?.size ?? 0
    this.#byTenant.delete(tenantId)
  }

  #keep(tenantId: string, key: string, remembered: Remembered): void {
    if (this.#count >= MOST_ANSWERS) {
      this.#byTenant.clear()
      this.#count = 0
    }
    const answers = this.#byTenant.get(tenantId) ?? new Map<string, Remembered>()
    this.#byTenant.set(tenantId, answers)
    if (!answers.has(key)) this.#count += 1
    answers.set(key, remembered)
  }

  #drop(tenantId: string, key: string, remembered: Remembered): void {
    const answers = this.#byTenant.get(tenantId)
    if (answers?.get(key) !== remembered) return
    answers.delete(key)
    this.#count -= 1
  }
}

function isFresh({ askedAtMs, now: then }: Remembered, now: Temporal.Instant): boolean {
  const ageMs = now.epochMilliseconds - then.epochMilliseconds
  return ageMs >= 0 && ageMs < FRESH_MS && performance.now() - askedAtMs < FRESH_MS
}
