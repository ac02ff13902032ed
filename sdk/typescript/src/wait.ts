/** Waits, no longer than until the signal. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}

/** Lets the process end although a timer runs; outside of Node, timers keep nothing alive. */
export function letGo(timer: unknown): void {
  ;(timer as { unref?: () => void }).unref?.()
}

/** Calls `work` every `everyMs`, one call at a time, and keeps no process alive. Answers how to stop. */
export function repeat(everyMs: number, work: () => void): () => void {
  const timer = setInterval(work, everyMs)
  letGo(timer)
  return () => clearInterval(timer)
}
