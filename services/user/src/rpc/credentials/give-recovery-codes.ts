import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { type RecoveryCodes, RecoveryCodesSchema } from '@purser/contracts/user/v1/credentials'
import type { Tx } from '@purser/postgres'
import {
  hashRecoveryCode,
  RECOVERY_CODE_BYTES,
  RECOVERY_CODES,
  recoveryCode,
} from '../../credentials/recovery-code.ts'
import type { Person } from '../../domain/person.ts'
import { replaceRecoveryCodes } from '../../store/recovery-code.ts'

/** Gives a person ten codes instead of those there are. Expects the person's row locked. */
export async function giveRecoveryCodes(tx: Tx, person: Person): Promise<RecoveryCodes> {
  const recoveryCodes = Array.from({ length: RECOVERY_CODES }, () =>
    recoveryCode(randomBytes(RECOVERY_CODE_BYTES)),
  )
  await replaceRecoveryCodes(tx, person, recoveryCodes.map(hashRecoveryCode))
  return create(RecoveryCodesSchema, { recoveryCodes })
}
