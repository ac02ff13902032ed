import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processSpace, processStart } from './process-identity.ts'
import { startFailure, systemCode, useOtherPostgres } from './start-failure.ts'

/** Held while this process supervises the server of a data folder. */
export type OwnerLock = { release(): Promise<void> }

type Owner = { pid: number; start: string; space: string }

const heartbeatMs = 2_000
const pollMs = 100
/** An owner in another container cannot be looked up by pid: it lives while its lock is fresh. */
const freshMs = 5 * heartbeatMs

/**
 * Makes this process the owner of `dataDir`. The file `owner.json` names the owner by pid and start
 * time; it is stale as soon as that process is gone, so a crash leaves nothing to clean up.
 * Throws `platform.unavailable` while another owner lives.
 */
export async function takeOwnerLock(dataDir: string): Promise<OwnerLock> {
  const path = join(dataDir, 'owner.json')
  const start = processStart(process.pid)
  const self: Owner = { pid: process.pid, start: start ?? '', space: processSpace() }
  const draft = `${path}.${process.pid}`
  await writeFile(draft, JSON.stringify(self))
  try {
    while (!(await linked(draft, path))) await removeStale(path, dataDir, self)
  } finally {
    await rm(draft, { force: true })
  }
  const heartbeat = setInterval(() => void touch(path), heartbeatMs)
  heartbeat.unref()
  return {
    release: async () => {
      clearInterval(heartbeat)
      await rm(path, { force: true })
    },
  }
}

/** A link appears with its whole content or not at all, unlike a file that is being written. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

async function removeStale(path: string, dataDir: string, self: Owner): Promise<void> {
  const found = await readOwner(path)
  if (found === undefined) return
  if (await lives(found, path, self)) {
    throw startFailure(
      `Another copy (process ${found.pid}) already runs on ${dataDir}: ` +
        `stop it, choose another data folder, ${useOtherPostgres}.`,
    )
  }
  // Two starters may both see the stale file: the rename tells whose file was really taken away.
  const aside = `${path}.stale.${process.pid}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw error
  }
  const taken = await readOwner(aside)
  if (taken && JSON.stringify(taken) !== JSON.stringify(found)) await linked(aside, path)
  await rm(aside, { force: true })
}

async function lives(owner: Owner, path: string, self: Owner): Promise<boolean> {
  if (owner.space === self.space) return processStart(owner.pid) === owner.start
  const firstSeenMs = await heartbeatOf(path)
  for (;;) {
    const lastMs = await heartbeatOf(path)
    if (lastMs > firstSeenMs) return true
    if (Date.now() - lastMs > freshMs) return false
    await delay(pollMs)
  }
}

/** When the owner last touched its lock, in milliseconds since 1970; 0 when there is none. */
async function heartbeatOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const { pid, start, space }: Record<string, unknown> = JSON.parse(await readFile(path, 'utf8'))
    return { pid: Number(pid), start: String(start), space: String(space) }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    if (error instanceof SyntaxError) return { pid: 0, start: '', space: 'unreadable' }
    throw error
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => undefined)
}
