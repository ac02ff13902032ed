import { randomBytes } from 'node:crypto'
import { readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '@purser/runtime'
import pg from 'pg'
import { connectionUrl } from '../connection-url.ts'
import { scramVerifier } from '../scram-verifier.ts'
import { findBinaries } from './binaries.ts'
import { clusterOwner, ensureCluster, prepareDataDir } from './cluster.ts'
import { type OwnerLock, takeOwnerLock } from './owner-lock.ts'
import {
  findPostmaster,
  listensAsPlanned,
  type Postmaster,
  type PostmasterPlan,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts'
import { adminRole } from './server-process.ts'
import { serverUser } from './server-user.ts'
import { ensureSocketDir } from './socket-dir.ts'

export type EmbeddedPostgresOptions = {
  /** Created when missing. Holds the data, the log of the server and the mark of its owner. */
  dataDir: string
  log: Logger
  /** Also listen on this port of the loopback addresses, with passwords. Default: no TCP. */
  port?: number
}

export type EmbeddedPostgres = {
  /** Superuser on the database `postgres`, through the unix socket. */
  adminUrl: string
  /** The same through TCP, with a password; only when a port was asked for. */
  tcpUrl: string | undefined
  socketDir: string
  /** True when the server already ran, left by a process that was killed. */
  attached: boolean
  /** Of the server at present; a crashed server is started again and gets another. */
  readonly pid: number
  /**
   * Ends sessions, stops the server and gives the folder free. Safe to call again: same promise.
   */
  stop(): Promise<void>
}

const socketPort = 5432
const watchMs = 250
const stopTimeoutMs = 30_000
const longestRestartDelayMs = 5_000

/**
 * Runs a real Postgres server on `dataDir` for as long as this process lives: creates the data at
 * first, attaches to a server that a killed forerunner left behind, restarts a crashed server.
 * Durable: fsync, synchronous_commit, full_page_writes and data checksums are on. Works as root
 * too. Throws `platform.unavailable` with one line that says what to do: folder not writable,
 * another copy running, programs missing, data of another version.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const dataDir = await prepareDataDir(options.dataDir)
  const lock = await takeOwnerLock(dataDir)
  try {
    return await superviseServer(dataDir, lock, options)
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function superviseServer(
  dataDir: string,
  lock: OwnerLock,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const plan = await makePlan(dataDir, options)
  const found = await reuse(plan)
  const supervisor = new Supervisor(plan, found ?? (await startPostmaster(plan)))
  const host = encodeURIComponent(plan.socketDir)
  const adminUrl = `postgres://${adminRole}@localhost:${plan.port}/postgres?host=${host}`
  try {
    const tcpUrl = options.port ? await openTcp(dataDir, adminUrl, options.port) : undefined
    supervisor.watch()
    return {
      adminUrl,
      tcpUrl,
      socketDir: plan.socketDir,
      attached: found !== undefined,
      get pid() {
        return supervisor.pid
      },
      stop: () => supervisor.stop(lock),
    }
  } catch (error) {
    await stopPostmaster(supervisor.postmaster, stopTimeoutMs)
    throw error
  }
}

async function makePlan(
  dataDir: string,
  { log, port }: EmbeddedPostgresOptions,
): Promise<PostmasterPlan> {
  const clusterDir = join(dataDir, 'cluster')
  const user = await serverUser(await clusterOwner(clusterDir))
  const binaries = await findBinaries(user)
  await ensureCluster(clusterDir, binaries, user)
  return {
    postgres: binaries.postgres,
    clusterDir,
    logFile: join(dataDir, 'server.log'),
    socketDir: await ensureSocketDir(dataDir, user),
    port: port ?? socketPort,
    listenAddresses: port ? '127.0.0.1' : '',
    user,
    log,
  }
}

async function reuse(plan: PostmasterPlan): Promise<Postmaster | undefined> {
  const found = await findPostmaster(plan)
  if (!found || (await listensAsPlanned(plan))) return found
  await stopPostmaster(found, stopTimeoutMs)
  return undefined
}

/**
 * Gives the admin a password, kept beside the data, as a port is open to all accounts of the host.
 */
async function openTcp(dataDir: string, adminUrl: string, port: number): Promise<string> {
  const path = join(dataDir, 'admin-password')
  const kept = await readFile(path, 'utf8').catch(() => undefined)
  const password = kept ?? randomBytes(24).toString('base64url')
  if (kept === undefined) await writeFile(path, password, { mode: 0o600 })
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const verifier = pg.escapeLiteral(scramVerifier(password))
    await client.query(`alter role ${adminRole} password ${verifier}`)
  } finally {
    await client.end()
  }
  return connectionUrl(`postgres://127.0.0.1:${port}/postgres`, { user: adminRole, password })
}

class Supervisor {
  postmaster: Postmaster
  readonly #plan: PostmasterPlan
  #timer: NodeJS.Timeout | undefined
  #restarting: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(plan: PostmasterPlan, postmaster: Postmaster) {
    this.#plan = plan
    this.postmaster = postmaster
  }

  get pid(): number {
    return this.postmaster.pid
  }

  watch(): void {
    this.#timer = setInterval(() => {
      if (!this.#restarting && !this.postmaster.isAlive()) this.#restarting = this.#restart()
    }, watchMs)
    this.#timer.unref()
  }

  stop(lock: OwnerLock): Promise<void> {
    this.#stopped ??= this.#stop(lock)
    return this.#stopped
  }

  async #stop(lock: OwnerLock): Promise<void> {
    clearInterval(this.#timer)
    await this.#restarting
    await stopPostmaster(this.postmaster, stopTimeoutMs)
    // Not empty when something else was put there: leave it.
    await rmdir(this.#plan.socketDir).catch(() => undefined)
    await lock.release()
  }

  async #restart(): Promise<void> {
    const { log } = this.#plan
    log.error({ pid: this.pid }, 'the embedded Postgres ended unexpectedly; starting it again')
    for (
      let delayMs = watchMs;
      !this.#stopped;
      delayMs = Math.min(delayMs * 2, longestRestartDelayMs)
    ) {
      try {
        this.postmaster = (await findPostmaster(this.#plan)) ?? (await startPostmaster(this.#plan))
        log.info({ pid: this.pid }, 'the embedded Postgres runs again')
        break
      } catch (err) {
        log.error({ err }, 'the embedded Postgres did not start again; retrying')
        await new Promise((resolve) => setTimeout(resolve, delayMs).unref())
      }
    }
    this.#restarting = undefined
  }
}
