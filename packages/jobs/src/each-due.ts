import type { Job } from './job.ts'

const WORKERS = 8

/**
 * Does `work` for each item, 8 at a time, in their order. One that fails is logged with what names it
 * and left to the next run: it must not keep the others waiting. Begins no further one, and rejects,
 * when the job should end.
 */
export async function eachDue<Item extends object>(
  due: readonly Item[],
  { signal, log, complaint }: Pick<Job, 'signal' | 'log'> & { complaint: string },
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = due.values()
  const worker = async () => {
    for (const item of waiting) {
      signal.throwIfAborted()
      await work(item).catch((err: unknown) => log.error({ err, ...item }, complaint))
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
}
