import { setTimeout as delay } from 'node:timers/promises'

const FIRST_MS = 5
const LONGEST_MS = 200

/**
 * Reads again until something is no longer `processing`, for `boundMs` at the most: somebody else is
 * asking the provider, and a repeated call answers what the first one does. Holds no connection while
 * it waits. Throws the signal's reason when the caller leaves.
 */
export async function awaitOutcome<T extends { state: string }>(
  first: T,
  read: () => Promise<T>,
  { boundMs, signal }: { boundMs: number; signal: AbortSignal },
): Promise<T> {
  let known = first
  let waitedMs = 0
  for (let pauseMs = FIRST_MS; known.state === 'processing' && waitedMs < boundMs; ) {
    await delay(pauseMs, undefined, { signal })
    waitedMs += pauseMs
    pauseMs = Math.min(pauseMs * 2, LONGEST_MS)
    known = await read()
  }
  return known
}
