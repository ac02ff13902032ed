import { readdir, readFile } from 'node:fs/promises'

/** What processors did so far, in microseconds. */
export type ProcessorTime = { nodeMicros: number; postgresMicros: number }

/** Of `/proc`: ticks of the kernel's clock, which are a hundredth of a second on Linux. */
const MICROS_PER_TICK = 10_000

/**
 * Processor time of a process of Node, this one unless told, and of the Postgres server with all its processes, those that
 * have ended included.
 */
export async function readProcessorTime(
  postmasterPid: number,
  nodePid = process.pid,
): Promise<ProcessorTime> {
  let postgresTicks = 0
  let nodeTicks = 0
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // A process may end between the two calls.
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    // After the name, which may hold spaces: state, parent, …; user and system time are 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    if (Number(fields[1]) === postmasterPid) postgresTicks += ticks
    // 14th and 15th: of children that ended.
    if (Number(name) === postmasterPid) postgresTicks += Number(fields[13]) + Number(fields[14])
    if (Number(name) === nodePid) nodeTicks = ticks
  }
  return {
    nodeMicros: nodeTicks * MICROS_PER_TICK,
    postgresMicros: postgresTicks * MICROS_PER_TICK,
  }
}
