import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { spawnNode } from '@purser/testing'
import type { CrashTask } from './crash-task.ts'

const WORKER = fileURLToPath(new URL('./crash-worker.ts', import.meta.url))
const BOOT_TIMEOUT_MS = 60_000
const DONE_TIMEOUT_MS = 120_000

/** Starts a worker and waits until it works. */
export async function startWorker(task: CrashTask) {
  const child = spawnNode([WORKER, JSON.stringify(task)])
  await child.waitForLine(/^working$/, { timeoutMs: BOOT_TIMEOUT_MS })
  const beganMs = performance.now()
  return {
    /** Kills it after a while; answers whether that hit it at work. */
    killAfter: async (delayMs: number): Promise<boolean> => {
      await Promise.race([delay(delayMs), child.exited])
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
