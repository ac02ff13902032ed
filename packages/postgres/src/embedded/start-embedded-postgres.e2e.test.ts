import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@purser/runtime'
import { freePorts, type NodeProcess, spawnNode, temporaryFolder, waitFor } from '@purser/testing'
import { describe, expect, test } from 'vitest'
import { asAdmin } from '../as-admin.ts'
import { connectionUrl } from '../connection-url.ts'
import { createDatabase } from '../database.ts'
import { assertDurable } from '../durability.ts'
import { processStart } from './process-identity.ts'
import { startEmbeddedPostgres } from './start-embedded-postgres.ts'

type Ready = { pid: number; attached: boolean; adminUrl: string }

const fixture = join(import.meta.dirname, 'run-embedded.fixture.ts')
const isRoot = process.getuid?.() === 0

function supervise(dataDir: string, ...rest: string[]): NodeProcess {
  return spawnNode([fixture, dataDir, ...rest])
}

async function ready(child: NodeProcess): Promise<Ready> {
  const [, json] = await child.waitForLine(/^ready (.*)$/)
  return JSON.parse(json ?? '')
}

async function query(adminUrl: string, text: string): Promise<Record<string, unknown>[]> {
  return await asAdmin(adminUrl, async (client) => (await client.query(text)).rows)
}

const gone = (pid: number) => waitFor(() => processStart(pid) === undefined)

describe('the embedded server', () => {
  test('starts, keeps data over a stop, and leaves no process', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const first = await startEmbeddedPostgres({ dataDir, log: silentLogger })
    const { pid } = first
    expect(first).toMatchObject({ attached: false, tcpUrl: undefined })
    await query(first.adminUrl, 'create table kept as select 7 as n')
    await first.stop()
    await first.stop()
    expect(processStart(pid)).toBeUndefined()
    await expect(stat(first.socketDir)).rejects.toMatchObject({ code: 'ENOENT' })

    const second = await startEmbeddedPostgres({ dataDir, log: silentLogger })
    expect(await query(second.adminUrl, 'select n from kept')).toEqual([{ n: 7 }])
    await second.stop()
  })

  test('is durable, sorts by code points and opens no port', async () => {
    await using folder = await temporaryFolder()
    const server = await startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
    const db = createDatabase({ url: server.adminUrl, schema: 'public', log: silentLogger })
    await assertDurable(db)
    await db.close()
    const settings = await query(
      server.adminUrl,
      `select name, setting from pg_settings
       where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums',
         'listen_addresses', 'server_encoding', 'TimeZone', 'max_wal_size')
       order by name collate "C"`,
    )
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      TimeZone: 'UTC',
      data_checksums: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      listen_addresses: '',
      max_wal_size: '2048',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
    })
    const sorted = await query(
      server.adminUrl,
      `select unnest(array['ä', 'b', 'B']) as c order by 1`,
    )
    expect(sorted.map(({ c }) => c)).toEqual(['B', 'b', 'ä'])
    for (const path of [server.socketDir, join(folder.path, 'cluster')]) {
      expect((await stat(path)).mode & 0o077, path).toBe(0)
    }
    await server.stop()
  })

  test('a port needs a password', async () => {
    await using folder = await temporaryFolder()
    const [port = 0] = await freePorts(1)
    const server = await startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger, port })
    const tcpUrl = server.tcpUrl ?? ''
    expect(await query(tcpUrl, 'select 1 as n')).toEqual([{ n: 1 }])
    const guessed = query(connectionUrl(tcpUrl, { password: 'guessed' }), 'select 1')
    await expect(guessed).rejects.toMatchObject({ code: 'platform.internal' })
    expect((await stat(join(folder.path, 'admin-password'))).mode & 0o077).toBe(0)
    await server.stop()
  })

  test('attaches to the server of a process that was killed, then stops it', async () => {
    await using folder = await temporaryFolder()
    const killed = supervise(folder.path)
    const orphan = await ready(killed)
    await query(orphan.adminUrl, 'create table kept as select 7 as n')
    await killed.kill('SIGKILL')
    expect(processStart(orphan.pid)).toBeDefined()

    await using next = supervise(folder.path)
    const attached = await ready(next)
    expect(attached).toEqual({ ...orphan, attached: true })
    expect(await query(attached.adminUrl, 'select n from kept')).toEqual([{ n: 7 }])
    await next.kill('SIGTERM')
    expect(next.output()).toContain('stopped')
    await gone(orphan.pid)
  })

  test('recovers when both were killed', async () => {
    await using folder = await temporaryFolder()
    const killed = supervise(folder.path)
    const first = await ready(killed)
    await query(first.adminUrl, 'create table kept as select 7 as n')
    process.kill(first.pid, 'SIGSTOP')
    await killed.kill('SIGKILL')
    process.kill(first.pid, 'SIGKILL')

    const server = await startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
    expect(server.attached).toBe(false)
    expect(await query(server.adminUrl, 'select n from kept')).toEqual([{ n: 7 }])
    await server.stop()
  })

  test('starts a crashed server again, by itself', async () => {
    await using folder = await temporaryFolder()
    const server = await startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
    await query(server.adminUrl, 'create table kept as select 7 as n')
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    const rows = await waitFor(() => query(server.adminUrl, 'select n from kept'))
    expect(rows).toEqual([{ n: 7 }])
    await waitFor(() => server.pid !== pid)
    await server.stop()
    await expect(query(server.adminUrl, 'select 1')).rejects.toMatchObject({
      code: 'platform.unavailable',
    })
  })

  test('refuses a second copy while the first lives, in one line', async () => {
    await using folder = await temporaryFolder()
    await using first = supervise(folder.path)
    await ready(first)
    const second = supervise(folder.path)
    await second.exited
    expect(second.output()).toBe(
      `refused Another copy (process ${first.pid}) already runs on ${folder.path}: ` +
        'stop it, choose another data folder, or set POSTGRES_URL to a Postgres of yours.\n',
    )
    const third = startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
    await expect(third).rejects.toMatchObject({ code: 'platform.unavailable' })
    await first.kill('SIGTERM')
    expect(first.output()).toContain('stopped')
  })

  test('of several that start at once exactly one runs', async () => {
    await using folder = await temporaryFolder()
    const processes = Array.from({ length: 4 }, () => supervise(folder.path))
    const lines = await Promise.all(
      processes.map(async (child) => (await child.waitForLine(/^(ready|refused)/))[1]),
    )
    expect(lines.sort()).toEqual(['ready', 'refused', 'refused', 'refused'])
    await Promise.all(processes.map((child) => child.kill('SIGTERM')))
  })

  test('refuses a folder that cannot be written, in one line', async () => {
    await using folder = await temporaryFolder({ file: 'no folder' })
    // Root may write to every folder but those of the kernel.
    const closed = isRoot ? '/sys/purser' : join(folder.path, 'closed')
    if (!isRoot) await mkdir(closed, { mode: 0o555 })
    for (const dataDir of [closed, join(folder.path, 'file', 'data')]) {
      const start = startEmbeddedPostgres({ dataDir, log: silentLogger })
      await expect(start).rejects.toMatchObject({
        code: 'platform.unavailable',
        message: expect.stringMatching(
          /^The data folder [^\n]* cannot be written \(E[A-Z]+\): choose another, or [^\n]*$/,
        ),
      })
    }
  })

  test('runs below a folder that only its owner may enter', async () => {
    await using folder = await temporaryFolder()
    const home = join(folder.path, 'home')
    await mkdir(home, { mode: 0o700 })
    await chmod(folder.path, 0o700)
    const dataDir = join(home, 'project', '.purser')
    const server = await startEmbeddedPostgres({ dataDir, log: silentLogger })
    await query(server.adminUrl, 'create table kept as select 7 as n; checkpoint')
    await query(server.adminUrl, 'create extension pg_trgm')
    process.kill(server.pid, 'SIGKILL')
    const rows = await waitFor(() => query(server.adminUrl, 'select n from kept'))
    expect(rows).toEqual([{ n: 7 }])
    await server.stop()
  })

  test('an interrupted creation is begun anew', async () => {
    await using folder = await temporaryFolder({ 'cluster.new/PG_VERSION': '18' })
    const server = await startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
    expect(await query(server.adminUrl, 'select 1 as n')).toEqual([{ n: 1 }])
    await server.stop()
    expect(await readdir(folder.path)).not.toContain('cluster.new')
  })

  test('refuses data of another version', async () => {
    await using folder = await temporaryFolder({ 'cluster/PG_VERSION': '12\n' })
    const start = startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
    await expect(start).rejects.toThrow(/was written by Postgres 12, this is 18/)
  })

  test('names the reason when the server does not start', async () => {
    await using folder = await temporaryFolder()
    const server = await startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
    await server.stop()
    await writeFile(join(folder.path, 'cluster', 'pg_hba.conf'), 'nonsense\n')
    const start = startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
    await expect(start).rejects.toThrow(/^Postgres did not start: could not load .*pg_hba.conf/)
    expect(await readFile(join(folder.path, 'server.log'), 'utf8')).toContain('invalid connection')
    await expect(stat(join(folder.path, 'owner.json'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('starts and stops twenty times', async () => {
    await using folder = await temporaryFolder()
    for (let round = 0; round < 20; round++) {
      const server = await startEmbeddedPostgres({ dataDir: folder.path, log: silentLogger })
      expect(await query(server.adminUrl, 'select 1 as n')).toEqual([{ n: 1 }])
      await server.stop()
    }
  })
})
