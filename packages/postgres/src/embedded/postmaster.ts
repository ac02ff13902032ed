import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'
import { readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@purser/runtime'
import { lastLine } from './cluster.ts'
import { isPostmasterOf, processStart } from './process-identity.ts'
import { dataFolderArgument, serverEnvironment } from './server-process.ts'
import type { ServerUser } from './server-user.ts'
import { startFailure } from './start-failure.ts'

/** A running server, started by us or found. */
export type Postmaster = { pid: number; isAlive(): boolean }

export type PostmasterPlan = {
  postgres: string
  clusterDir: string
  logFile: string
  socketDir: string
  /** Also names the socket. */
  port: number
  /** Empty: no TCP. */
  listenAddresses: string
  user: ServerUser | undefined
  log: Logger
}

/** Indices of lines in postmaster.pid; the state is starting, ready, stopping or standby. */
const pidLine = 0
const stateLine = 7

const pollMs = 10
const recoveryNoticeMs = 5_000
const retryMs = 200
const maxRetries = 100
const maxLogBytes = 10_000_000

/** Left by a server that was killed: its own helpers, or a zombie that nobody collected yet. */
const leftOverPattern = /pre-existing shared memory block|lock file "[^"]*" already exists/

/**
 * The server that already runs on the data, for example after this process's forerunner crashed; one
 * that is starting or stopping is waited for.
 */
export async function findPostmaster(plan: PostmasterPlan): Promise<Postmaster | undefined> {
  const pid = Number((await pidFileLines(plan.clusterDir))[pidLine])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  if (isPostmasterOf(pid, plan.clusterDir)) {
    const start = processStart(pid)
    const isAlive = () => processStart(pid) === start
    while (isAlive()) {
      if ((await pidFileLines(plan.clusterDir))[stateLine] === 'ready') return { pid, isAlive }
      await delay(pollMs)
    }
  }
  // The server itself takes a zombie, or a stranger with the same number, for a running one.
  await rm(join(plan.clusterDir, 'postmaster.pid'), { force: true })
  return undefined
}

/** Whether a running server listens where `plan` says. */
export async function listensAsPlanned(plan: PostmasterPlan): Promise<boolean> {
  const [, , , port, socketDir, address] = await pidFileLines(plan.clusterDir)
  return (
    Number(port) === plan.port && socketDir === plan.socketDir && address === plan.listenAddresses
  )
}

/**
 * Starts a server and waits until it accepts connections, however long its crash recovery takes.
 */
export async function startPostmaster(plan: PostmasterPlan): Promise<Postmaster> {
  for (let retry = 0; ; retry++) {
    const logStart = await rotateLog(plan.logFile)
    const child = spawnPostgres(plan)
    const ready = await waitUntilReady(child, plan)
    if (ready) return ready
    const said = readFrom(plan.logFile, logStart)
    if (retry >= maxRetries || !leftOverPattern.test(said)) {
      const fatal = said.split('\n').findLast((line) => /FATAL|PANIC/.test(line))
      const reason = (fatal ?? lastLine(said)).replace(/^.*?(FATAL|PANIC): */, '')
      throw startFailure(`Postgres did not start: ${reason}; see ${plan.logFile}.`)
    }
    await delay(retryMs)
    await findPostmaster(plan)
  }
}

/** Fast shutdown; after `timeoutMs` an immediate one, from which the next start recovers. */
export async function stopPostmaster(postmaster: Postmaster, timeoutMs: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!postmaster.isAlive()) return
    try {
      process.kill(postmaster.pid, signal)
    } catch {
      // Gone since the check.
    }
    for (let waitedMs = 0; postmaster.isAlive() && waitedMs < timeoutMs; waitedMs += pollMs) {
      await delay(pollMs)
    }
  }
}

function spawnPostgres(plan: PostmasterPlan): ChildProcess {
  const settings = {
    listen_addresses: plan.listenAddresses,
    port: String(plan.port),
    unix_socket_directories: plan.socketDir,
    unix_socket_permissions: '0700',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    // Each service has a pool of its own, and several processes may share the server.
    max_connections: '300',
    shared_preload_libraries: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    client_connection_check_interval: '1s',
    // Statistics follow a bulk load within seconds; the default of a minute lets whole runs go by.
    autovacuum_naptime: '3s',
  }
  const output = openSync(plan.logFile, 'a', 0o600)
  try {
    const child = spawn(
      plan.postgres,
      [
        '-D',
        dataFolderArgument(plan.clusterDir, plan.user),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      {
        ...plan.user,
        cwd: plan.clusterDir,
        env: serverEnvironment,
        // A process group of its own: Ctrl-C must not reach the server before we have drained.
        detached: true,
        stdio: ['ignore', output, output],
      },
    )
    child.on('error', (err) => plan.log.error({ err }, 'the embedded Postgres cannot be run'))
    child.unref()
    return child
  } finally {
    closeSync(output)
  }
}

async function waitUntilReady(
  child: ChildProcess,
  plan: PostmasterPlan,
): Promise<Postmaster | undefined> {
  const { pid } = child
  const isAlive = () => pid !== undefined && child.exitCode === null && child.signalCode === null
  for (let waitedMs = 0; isAlive(); waitedMs += pollMs) {
    const lines = await pidFileLines(plan.clusterDir)
    if (Number(lines[pidLine]) === pid && lines[stateLine] === 'ready') {
      return { pid: Number(pid), isAlive }
    }
    if (waitedMs > 0 && waitedMs % recoveryNoticeMs === 0) {
      plan.log.warn({ waitedMs }, 'the embedded Postgres recovers from a crash; waiting')
    }
    await delay(pollMs)
  }
  return undefined
}

async function pidFileLines(clusterDir: string): Promise<string[]> {
  const text = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '')
  return text.split('\n').map((line) => line.trim())
}

/** Keeps one old log; returns the length of the current one. */
async function rotateLog(logFile: string): Promise<number> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  )
  if (size < maxLogBytes) return size
  await rename(logFile, `${logFile}.1`)
  return 0
}

function readFrom(path: string, start: number): string {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(64 * 1024)
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start))
  } finally {
    closeSync(file)
  }
}
