import type { HandlerContext } from '@connectrpc/connect'
import { isPurserError, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import type { User } from '../../domain/user.ts'
import { findUser } from '../../store/tenant-user.ts'
import { clientAddressOf } from '../caller-headers.ts'
import {
  acceptPassword,
  type CheckedPassword,
  checkPassword,
  type PasswordAttempt,
} from '../check-password.ts'
import { invalidCredentials } from '../invalid-credentials.ts'
import { requirePerson } from '../require-person.ts'

/** The caller's own password, checked. */
export type OwnPassword = { attempt: PasswordAttempt; checked: CheckedPassword }

/**
 * Checks the password of the person who calls, before something that changes how they sign in: who
 * found an open session does not know it. Guesses are counted with those of signing in. Throws
 * `auth.permission_denied` for callers who are no person, `auth.wrong_password` (their session is as
 * good as before), `auth.too_many_attempts`.
 */
export async function checkOwnPassword(
  ctx: Pick<UserContext, 'db' | 'clock'>,
  call: HandlerContext,
  password: string,
): Promise<OwnPassword> {
  const { tenant: tenantId, userId } = requirePerson(call)
  const now = ctx.clock.now().round('microsecond')
  const user = await ctx.db.tx(tenantId, (tx) => findUser(tx, tenantId, userId))
  if (user === undefined) throw invalidCredentials()
  const address = clientAddressOf(call)
  const attempt = { tenantId, email: user.email, password, address, now, call }
  return { attempt, checked: await asWrongPassword(() => checkPassword(ctx, attempt)) }
}

/**
 * Ends a successful check in the caller's transaction and answers the person, whose row is locked.
 * Throws `auth.wrong_password` when password, address or status changed since the check.
 */
export async function acceptOwnPassword(tx: Tx, { attempt, checked }: OwnPassword): Promise<User> {
  return await asWrongPassword(() => acceptPassword(tx, attempt, checked))
}

async function asWrongPassword<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isPurserError(error) || error.code !== 'auth.invalid_credentials') throw error
    const fields = [{ field: 'current_password', message: 'is not the password' }]
    throw new PurserError('auth.wrong_password', 'The password is wrong.', { fields })
  }
}
