import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 10

/**
 * Asks `condition` until it answers with something truthy, which is returned. After `timeoutMs`
 * (default 30,000: a busy machine stands still for seconds, and who waits for a fact loses nothing by
 * patience) throws what it threw last, or says that it never held.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 30_000 }: { timeoutMs?: number } = {},
): Promise<NonNullable<T>> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    let failure: unknown
    try {
      const answer = await condition()
      if (answer) return answer
    } catch (error) {
      failure = error
    }
    if (performance.now() > endMs) {
      throw failure ?? new Error(`did not become true within ${timeoutMs} ms: ${condition}`)
    }
    await delay(pollMs)
  }
}
