import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { spawnNode } from '@purser/testing'
import type { CrashTask } from './crash-task.ts'

const WORKER = fileURLToPath(new URL('./crash-worker.ts', import.meta.url))
const BOOT_TIMEOUT_MS = 60_000
const DONE_TIMEOUT_MS = 120_000

/** A process at work on a task. */
export type KillableWorker = Awaited<ReturnType<typeof startWorker>>

/** Starts a worker and waits until it works. */
export async function startWorker(task: CrashTask) {
  const child = spawnNode([WORKER, JSON.stringify(task)])
  await child.waitForLine(/^working$/, { timeoutMs: BOOT_TIMEOUT_MS })
  const beganMs = performance.now()
  const ended = new AbortController()
  void child.exited.then(() => ended.abort())
  return {
    /** Aborted when the process is gone. */
    ended: ended.signal,
    /** Kills it after a while; answers whether that hit it at work. */
    killAfter: async (delayMs: number): Promise<boolean> => {
      await delay(delayMs, undefined, { signal: ended.signal }).catch(() => undefined)
      await child.kill('SIGKILL')
      return !/^done$/m.test(child.output())
    },
    /** Waits until everything is done; answers the milliseconds of work. Throws with its output when it fails. */
    finish: async (): Promise<number> => {
      await child.waitForLine(/^done$/, { timeoutMs: DONE_TIMEOUT_MS })
      const workedMs = performance.now() - beganMs
      const { code } = await child.exited
      if (code !== 0) throw new Error(`the worker ended with ${code}:\n${child.output()}`)
      return workedMs
    },
  }
}
