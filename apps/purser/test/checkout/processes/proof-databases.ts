import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asAdmin, connectionUrl } from '@purser/postgres'
import type { Books } from '../books.ts'
import { openShop } from './http-shop.ts'
import { startPlatformProcess } from './platform-process.ts'

/** A database with an open shop, and copies of it. */
export type ProofDatabases = {
  /** Key of the shop's operator. */
  key: string
  /** A copy of the shop, by a name of its own; nobody has bought anything. */
  copy(name: string): Promise<{ postgresUrl: string; books: Books }>
}

const TEMPLATE = 'proof_shop'

/** Lets a platform seed itself in a database of the server, and opens its shop. */
export async function createProofDatabases(
  serverUrl: string,
  dataDir: string,
): Promise<ProofDatabases> {
  const create = (name: string, template: string) =>
    asAdmin(serverUrl, (client) => client.query(`create database ${name} template ${template}`))
  await create(TEMPLATE, 'template1')
  const postgresUrl = connectionUrl(serverUrl, { database: TEMPLATE })
  await using seeding = startPlatformProcess(
    { postgresUrl, dataDir },
    { changes: { SEED: 'true' } },
  )
  const url = await seeding.ready()
  const key = (await readFile(join(dataDir, 'demo-key'), 'utf8')).trim()
  await openShop(url, key)
  await seeding.kill('SIGTERM')
  return {
    key,
    copy: async (name) => {
      await create(name, TEMPLATE)
      const copied = connectionUrl(serverUrl, { database: name })
      return { postgresUrl: copied, books: booksOf(copied) }
    },
  }
}

function booksOf(postgresUrl: string): Books {
  const adminQuery = async (text: string) =>
    (await asAdmin(postgresUrl, (client) => client.query<{ count?: unknown }>(text))).rows
  return { adminQuery, count: async (text) => Number((await adminQuery(text))[0]?.count) }
}
