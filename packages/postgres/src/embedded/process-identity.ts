import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * When process `pid` started, as opaque text: together with the pid it names one process, also
 * after the number was used again. Undefined when it does not run; a zombie does not run.
 */
export function processStart(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const stat = procStat(pid)
    return stat === undefined || stat.state === 'Z' ? undefined : stat.start
  }
  const line = ps(pid, 'stat=,lstart=')
  return line === undefined || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '')
}

/**
 * True when `pid` is a Postgres server that works in the folder `clusterDir` (no symbolic links in
 * its path). A server changes into its data folder, so its working directory tells, whatever `-D`
 * says.
 */
export function isPostmasterOf(pid: number, clusterDir: string): boolean {
  if (processStart(pid) === undefined) return false
  if (process.platform !== 'linux') return ps(pid, 'command=')?.includes(clusterDir) ?? false
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === clusterDir && procStat(pid)?.name === 'postgres'
  } catch {
    return false
  }
}

/** Names the set of processes whose pids can be compared: this host or container. */
export function processSpace(): string {
  if (process.platform !== 'linux') return hostname()
  return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
}

function procStat(pid: number): { name: string; state: string; start: string } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // proc_pid_stat(5): the name stands in parentheses and may itself hold spaces and parentheses.
  const nameEnd = text.lastIndexOf(')')
  const fields = text.slice(nameEnd + 2).split(' ')
  return {
    name: text.slice(text.indexOf('(') + 1, nameEnd),
    state: fields[0] ?? '',
    start: fields[19] ?? '',
  }
}

function ps(pid: number, format: string): string | undefined {
  try {
    const output = execFileSync('ps', ['-o', format, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return output.trim() || undefined
  } catch {
    return undefined
  }
}
