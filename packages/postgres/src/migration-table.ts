import { PurserError } from '@purser/kernel'
import pg from 'pg'
import type { MigrationFile } from './migration-files.ts'

/** Belongs to the admin: neither the owner role nor the login role can touch it. */
export const migrationTable = 'migration'

type Context = { service: string; schema: string; ownerRole: string }

/** The record of applied files. */
export async function createMigrationTable(client: pg.ClientBase, schema: string): Promise<void> {
  await client.query(`
    create table if not exists ${qualified(schema)} (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz not null default now()
    )`)
}

/**
 * Runs the files that did not run yet, in order; returns their names. Must be called in a
 * transaction that holds the migration lock. Throws `platform.internal` for a changed or missing
 * file.
 */
export async function applyMigrations(
  client: pg.ClientBase,
  context: Context,
  files: readonly MigrationFile[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    `select name, sha256 from ${qualified(context.schema)} order by name collate "C"`,
  )
  const applied: string[] = []
  for (const [index, row] of rows.entries()) assertUnchanged(context, row, files[index])
  for (const file of files.slice(rows.length)) {
    await runFile(client, context, file)
    applied.push(file.name)
  }
  return applied
}

function assertUnchanged(
  { service }: Context,
  applied: { name: string; sha256: string },
  file: MigrationFile | undefined,
): void {
  if (file?.name === applied.name && file.sha256 === applied.sha256) return
  const problem =
    file?.name === applied.name
      ? 'was changed after it was applied: restore it and add a new file instead'
      : 'was applied to this database and is not the next file of its folder: ' +
        'number new files after it, and do not run an older version on newer data'
  throw new PurserError('platform.internal', `Migration ${service}/${applied.name} ${problem}.`)
}

async function runFile(
  client: pg.ClientBase,
  { service, schema, ownerRole }: Context,
  file: MigrationFile,
): Promise<void> {
  try {
    // The owner is bound by the wall too: with row_security off, a statement that would silently
    // skip rows fails instead.
    await client.query(`
      set local role ${pg.escapeIdentifier(ownerRole)};
      set local search_path = ${pg.escapeIdentifier(schema)}, pg_temp;
      set local row_security = off`)
    await client.query(file.text)
    await client.query('set local role none; set local row_security = on')
    await client.query(`insert into ${qualified(schema)} (name, sha256) values ($1, $2)`, [
      file.name,
      file.sha256,
    ])
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new PurserError(
      'platform.internal',
      `Migration ${service}/${file.name} failed: ${reason}.`,
      {
        cause,
      },
    )
  }
}

function qualified(schema: string): string {
  return `${pg.escapeIdentifier(schema)}.${migrationTable}`
}
