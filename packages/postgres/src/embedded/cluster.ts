import { execFile } from 'node:child_process'
import {
  chmod,
  lchown,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { adminRole, dataFolderArgument, serverEnvironment } from './server-process.ts'
import type { ServerUser } from './server-user.ts'
import { startFailure, systemCode, useOtherPostgres } from './start-failure.ts'

const run = promisify(execFile)

/**
 * The sort order is that of code points, built into the server, so that indexes mean the same on
 * every machine and on a Postgres of somebody else.
 */
const initdbOptions = [
  `--username=${adminRole}`,
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--data-checksums',
  '--no-instructions',
]

/**
 * The socket's folder admits only the server's account and ours, so the admin needs no password.
 */
const hostBasedAuthentication = `
local all ${adminRole} trust
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
`

/** Creates `dataDir`, mode 0700, and proves that it can be written; returns its real path. */
export async function prepareDataDir(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const probe = join(dataDir, `.write-probe.${process.pid}`)
    await writeFile(probe, '')
    await rm(probe)
    return await realpath(dataDir)
  } catch (error) {
    throw startFailure(
      `The data folder ${dataDir} cannot be written (${systemCode(error)}): ` +
        `choose another, ${useOtherPostgres}.`,
      error,
    )
  }
}

/** The user id that owns the existing data, undefined when there is none yet. */
export async function clusterOwner(clusterDir: string): Promise<number | undefined> {
  const found = await stat(clusterDir).catch(() => undefined)
  return found?.uid
}

/**
 * Makes `clusterDir` a data folder that `binaries` can run as `user`. A new one appears complete or
 * not at all, so that a crash during `initdb` does not matter.
 */
export async function ensureCluster(
  clusterDir: string,
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<void> {
  const version = await readFile(join(clusterDir, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version === undefined) return await createCluster(clusterDir, binaries, user)
  if (version.trim() !== binaries.major) {
    throw startFailure(
      `${clusterDir} was written by Postgres ${version.trim()}, this is ${binaries.major}: ` +
        `export it with the version of Purser that wrote it, ${useOtherPostgres}.`,
    )
  }
  if (user && (await clusterOwner(clusterDir)) !== user.uid) await giveTo(clusterDir, user)
}

async function createCluster(
  clusterDir: string,
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<void> {
  const draft = `${clusterDir}.new`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  if (user) await lchown(draft, user.uid, user.gid)
  try {
    await run(binaries.initdb, [`--pgdata=${dataFolderArgument(draft, user)}`, ...initdbOptions], {
      ...user,
      cwd: draft,
      env: serverEnvironment,
    })
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? lastLine(String(cause.stderr)) : ''
    throw startFailure(`The database could not be created in ${clusterDir}: ${said}`, cause)
  }
  await writeFile(join(draft, 'pg_hba.conf'), hostBasedAuthentication)
  await rename(draft, clusterDir)
}

/** The account that runs the server changed, e.g. with the container's image. */
async function giveTo(clusterDir: string, { uid, gid }: ServerUser): Promise<void> {
  for (const entry of await readdir(clusterDir, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), uid, gid)
  }
  await lchown(clusterDir, uid, gid)
  await chmod(clusterDir, 0o700)
}

export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
