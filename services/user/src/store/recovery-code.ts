import { statement, type Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'

const removeRecoveryCodesStatement = statement(
  'user.remove_recovery_codes',
  `delete from recovery_code
   where tenant_id = $1
     and user_id = $2`,
)

const insertRecoveryCodesStatement = statement(
  'user.insert_recovery_codes',
  `insert into recovery_code (tenant_id, user_id, code_hash)
   select $1, $2, code_hash
   from unnest($3::bytea[]) as wanted(code_hash)`,
)

/** Replaces all of the person's codes, by their hashes. Expects the person's row locked. */
export async function replaceRecoveryCodes(
  tx: Tx,
  { tenant, userId }: Person,
  codeHashes: readonly Buffer[],
): Promise<void> {
  await tx.execute(removeRecoveryCodesStatement, [tenant, userId])
  if (codeHashes.length === 0) return
  await tx.execute(insertRecoveryCodesStatement, [tenant, userId, codeHashes])
}

const takeRecoveryCodeStatement = statement(
  'user.take_recovery_code',
  `delete from recovery_code
   where tenant_id = $1
     and user_id = $2
     and code_hash = $3::bytea`,
)

/** Uses a code up; answers false for one that is not there. Expects the person's row locked. */
export async function takeRecoveryCode(
  tx: Tx,
  { tenant, userId }: Person,
  codeHash: Buffer,
): Promise<boolean> {
  return (await tx.execute(takeRecoveryCodeStatement, [tenant, userId, codeHash])) === 1
}
