import { readdir, readFile } from 'node:fs/promises'

/** What processors did so far, in microseconds. */
export type ProcessorTime = { nodeMicros: number; postgresMicros: number }

/** Of `/proc`: ticks of the kernel's clock, which are a hundredth of a second on Linux. */
const MICROS_PER_TICK = 10_000

/** Processor time of this process, and of the Postgres server with all its processes that still run. */
export async function readProcessorTime(postmasterPid: number): Promise<ProcessorTime> {
  const { user, system } = process.cpuUsage()
  let ticks = 0
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // A process may end between the two calls.
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    // After the name, which may hold spaces: state, parent, …; user and system time are 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(fields[1]) === postmasterPid) ticks += Number(fields[11]) + Number(fields[12])
  }
  return { nodeMicros: user + system, postgresMicros: ticks * MICROS_PER_TICK }
}
