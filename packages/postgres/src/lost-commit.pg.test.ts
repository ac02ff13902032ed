import { chmod } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { silentLogger } from '@purser/runtime'
import { createTestDatabase, temporaryFolder } from '@purser/testing'
import { expect, test } from 'vitest'
import { createDatabase } from './database.ts'
import { statement } from './statement.ts'

const init = `
  create table charge (tenant_id text not null, id int primary key);
  select protect_tenant_table('charge');
`
const insert = statement('test.insert_charge', 'insert into charge values ($1, $2)')
const commitMessage = Buffer.from('commit\0')

/** Passes all on, but cuts the connection instead of giving the client the reply to a COMMIT. */
function cuttingProxy(target: string): Server {
  return createServer((client: Socket) => {
    const server = connect(target)
    let isCommitting = false
    client.on('data', (bytes) => {
      isCommitting ||= Buffer.from(bytes).includes(commitMessage)
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (isCommitting) client.destroy()
      else client.write(bytes)
    })
    for (const socket of [client, server]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        server.destroy()
      })
    }
  })
}

test('a lost reply to COMMIT says that the outcome is unknown', async () => {
  await using files = await temporaryFolder({ '0001-init.sql': init })
  await using db = await createTestDatabase('charges', files.path)
  await using folder = await temporaryFolder()
  await chmod(folder.path, 0o700)
  const realUrl = new URL(db.adminUrl)
  const realDir = realUrl.searchParams.get('host') ?? ''
  const proxy = cuttingProxy(join(realDir, '.s.PGSQL.5432'))
  await new Promise<void>((resolve) => {
    proxy.listen(join(folder.path, '.s.PGSQL.5432'), resolve)
  })
  realUrl.searchParams.set('host', folder.path)
  const cut = createDatabase({
    url: realUrl.href,
    schema: db.schema,
    role: db.role,
    password: db.password,
    log: silentLogger,
  })

  const run = cut.tx('acme', (tx) => tx.execute(insert, ['acme', 1]))
  await expect(run).rejects.toMatchObject({
    code: 'platform.unavailable',
    details: { outcome: 'unknown' },
  })
  // Here it was stored: only a repetition under the same key is safe.
  expect(await db.adminQuery('select id from charges.charge')).toEqual([{ id: 1 }])
  expect(cut.poolUse().idle).toBe(0)

  await cut.close()
  await new Promise((resolve) => proxy.close(resolve))
})
