import { readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import type { TestProject } from 'vitest/node'
import type { StarterReply } from './test-postgres.ts'

/**
 * The `globalSetup` of the test run. Opens a door at which the first test that needs Postgres asks
 * for it: a run of pure tests alone starts no server. Returns the teardown, which stops it and
 * removes its data.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftOvers()
  const dataDir = join(tmpdir(), `purser-test-${process.pid}`)
  let server: Promise<EmbeddedPostgres> | undefined
  const door = createServer((socket) => {
    server ??= startEmbeddedPostgres({ dataDir, log: silentLogger })
    const answer = (reply: StarterReply) => socket.end(JSON.stringify(reply))
    server.then(
      ({ adminUrl }) => answer({ adminUrl }),
      (error: unknown) => answer({ failure: String(error) }),
    )
    socket.on('error', () => undefined)
  })
  const doorPath = `${dataDir}.door`
  await rm(doorPath, { force: true })
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject)
    door.listen(doorPath, resolve)
  })
  project.provide('postgresDoor', doorPath)
  return async () => {
    door.close()
    await server?.then((running) => running.stop()).catch(() => undefined)
    await rm(dataDir, { recursive: true, force: true })
    await rm(doorPath, { force: true })
  }
}

/** Servers and data of earlier runs that were killed; a run that lives keeps its own. */
async function removeLeftOvers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid, suffix] = /^purser-test-(\d+)(\.door)?$/.exec(name) ?? []
    if (pid === undefined || isRunning(Number(pid))) continue
    const path = join(tmpdir(), name)
    if (suffix === undefined) await stopServerIn(path)
    await rm(path, { recursive: true, force: true })
  }
}

/** Attaches to the server that a killed run left, if there is one. */
async function stopServerIn(dataDir: string): Promise<void> {
  const options = { dataDir, log: silentLogger }
  const server = await startEmbeddedPostgres(options).catch(() => undefined)
  await server?.stop()
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
