import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PurserError } from '@purser/kernel'

/** `sha256` is over the text with line ends LF, in hex: a checkout on Windows has the same. */
export type MigrationFile = { name: string; text: string; sha256: string }

/** All files run in one transaction; one that ended it would store half of its work for good. */
const transactionPattern = /^\s*(begin|start transaction|commit|rollback)\s*;/im

const filePattern = /^(\d{4})-[a-z0-9-]+\.sql$/

/**
 * The files `0001-init.sql`, `0002-...` of a folder in order. Throws `platform.internal` for
 * another SQL file name, for a number that is used twice and for a file that begins or ends a
 * transaction.
 */
export async function readMigrationFiles(migrationsDir: string): Promise<MigrationFile[]> {
  const names = (await readdir(migrationsDir)).filter((name) => name.endsWith('.sql')).sort()
  const numbers = new Set<string>()
  for (const name of names) {
    const number = filePattern.exec(name)?.[1]
    if (number === undefined || numbers.has(number)) {
      const reason = number === undefined ? 'is not named like 0001-init.sql' : 'repeats a number'
      throw new PurserError(
        'platform.internal',
        `Migration ${join(migrationsDir, name)} ${reason}.`,
      )
    }
    numbers.add(number)
  }
  return await Promise.all(names.map((name) => readMigrationFile(migrationsDir, name)))
}

async function readMigrationFile(migrationsDir: string, name: string): Promise<MigrationFile> {
  const text = (await readFile(join(migrationsDir, name), 'utf8')).replaceAll('\r\n', '\n')
  if (transactionPattern.test(text)) {
    throw new PurserError('platform.internal', `Migration ${name} must not end its transaction.`)
  }
  return { name, text, sha256: createHash('sha256').update(text).digest('hex') }
}
