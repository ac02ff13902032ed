import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { publishCredentialChange } from '../../credential-events.ts'
import { hashRecoveryCode } from '../../credentials/recovery-code.ts'
import { openSealedText } from '../../credentials/sealed-text.ts'
import { matchTotpStep } from '../../credentials/totp.ts'
import type { Person } from '../../domain/person.ts'
import type { Totp } from '../../domain/totp.ts'
import { takeRecoveryCode } from '../../store/recovery-code.ts'
import { deleteFailures } from '../../store/sign-in-failure.ts'
import { findTotp, useTotpStep } from '../../store/totp.ts'
import { countAttempts, failureSubject } from '../count-attempts.ts'

/** What proves a second factor, as the contract's `oneof proof` has it. */
export type SecondFactorProof =
  | { case: 'code' | 'recoveryCode'; value: string }
  | { case: undefined; value?: undefined }

/** Where the secrets of authenticator apps are sealed. */
export function totpPlace({ tenant, userId }: Person) {
  return { purpose: 'purser totp secrets', id: `${tenant}/${userId}` }
}

/**
 * Counts an attempt at the person's second factor, in a transaction that is committed before the
 * code is looked at; a code that is right takes all counts back. Throws `request.invalid` without a
 * code, `auth.too_many_attempts`.
 */
export async function countSecondFactor(
  tx: Tx,
  { tenant, userId }: Person,
  { proof, now }: { proof: SecondFactorProof; now: Temporal.Instant },
): Promise<void> {
  if (proof.case === undefined) {
    const fields = [{ field: 'code', message: 'is required, or a recovery code' }]
    throw new PurserError('request.invalid', 'A code is required.', { fields })
  }
  await countAttempts(tx, tenant, [failureSubject('second_factor', userId)], now)
}

/**
 * Uses a code or a recovery code up, in the caller's transaction. Expects the person's row locked.
 * Throws `auth.totp_not_enabled` when none is asked for, `auth.wrong_code` for one that is wrong or
 * was used.
 */
export async function acceptSecondFactor(
  ctx: Pick<UserContext, 'secret'>,
  tx: Tx,
  person: Person,
  { proof, now }: { proof: SecondFactorProof; now: Temporal.Instant },
): Promise<void> {
  const totp = await findTotp(tx, person)
  if (totp?.confirmedAt === undefined) throw totpNotEnabled()
  if (proof.case === 'recoveryCode') {
    const isThere = await takeRecoveryCode(tx, person, hashRecoveryCode(proof.value))
    if (!isThere) throw wrongCode('recovery_code')
    const subject = 'user.recovery_code_used'
    await publishCredentialChange(tx, person, { subject, occurredAt: now })
  } else {
    await acceptTotpCode(ctx, tx, person, { totp, code: proof.value ?? '', now })
  }
  await deleteFailures(tx, person.tenant, failureSubject('second_factor', person.userId))
}

/** Uses a code of the app up, which confirms it. Throws `auth.wrong_code`. */
export async function acceptTotpCode(
  ctx: Pick<UserContext, 'secret'>,
  tx: Tx,
  person: Person,
  { totp, code, now }: { totp: Totp; code: string; now: Temporal.Instant },
): Promise<void> {
  const secret = openSealedText(ctx.secret, totpPlace(person), totp.sealedSecret)
  const step = matchTotpStep(secret, { code, lastStep: totp.lastStep, now })
  if (step === undefined) throw wrongCode('code')
  if (!(await useTotpStep(tx, person, { step, now }))) throw wrongCode('code')
}

/** The refusal of a code, whatever was wrong with it. */
function wrongCode(field: 'code' | 'recovery_code'): PurserError {
  const message = 'The code is wrong, or was used before.'
  const fields = [{ field, message: 'is wrong, or was used before' }]
  return new PurserError('auth.wrong_code', message, { fields })
}

/** The refusal of what needs an authenticator app, of a person without one. */
export function totpNotEnabled(): PurserError {
  return new PurserError('auth.totp_not_enabled', 'There is no authenticator app.')
}
