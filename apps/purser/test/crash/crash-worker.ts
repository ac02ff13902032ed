import { Shop } from '../billing/shop.ts'
import { startServices } from '../billing/start-services.ts'
import { openAcknowledgments, readAcknowledgments } from './acknowledgments.ts'
import { januaryBatches, laterBatches } from './crash-load.ts'
import { type CrashTask, suiteClock } from './crash-task.ts'

/**
 * The process that the crash suite kills: `crash-worker.ts TASK`, the task as JSON. Says `working` when it begins and
 * `done` when everything is, and ends.
 */

/** Batches on their way at once. */
const SENDERS = 3

const task = JSON.parse(process.argv[2] ?? '{}') as CrashTask
const { postgresUrl, beganMs } = task
const services = await startServices({ postgresUrl, clock: suiteClock(beganMs), maxWorkers: 2 })
const shop = new Shop(services.client, task.tenant)
process.stdout.write('working\n')
if (task.kind === 'ingest') await ingest(task)
else await shop.run(task.period)
process.stdout.write('done\n')
await services.close()

/** Sends every batch that is not acknowledged, and some that are, since a caller may have missed it. */
async function ingest({ stream, seed, size, ackFile }: CrashTask & { kind: 'ingest' }) {
  const batches = stream === 'january' ? januaryBatches(seed, size) : laterBatches(seed, size)
  const known = await readAcknowledgments(ackFile)
  const acknowledgments = await openAcknowledgments(ackFile)
  const waiting = batches.entries().filter(([number]) => !known.has(number) || number % 7 === 0)
  const send = async () => {
    for (const [number, events] of waiting) {
      if (number % 2 === 0) await shop.record(events)
      else await shop.sendLines(events)
      await acknowledgments.add(number)
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, send))
  await acknowledgments.close()
}
