import type { HandlerContext } from '@connectrpc/connect'
import type { RegisterRequest, SignInResponse } from '@purser/contracts/user/v1/user'
import { newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { hashPassword } from '../credentials/password.ts'
import type { Account } from '../domain/account.ts'
import type { BuiltInRoleKey } from '../domain/role.ts'
import { normalizeEmail, type User } from '../domain/user.ts'
import { publishAccountCreated, publishUserRegistered } from '../events.ts'
import { insertAccounts } from '../store/account.ts'
import { insertUser } from '../store/tenant-user.ts'
import { userAgentOf } from './caller-headers.ts'
import { readTenant } from './get-tenant.ts'
import { openSession } from './sign-in-answer.ts'
import type { SignInContext } from './sign-in-context.ts'

const ROLE = 'shopper' satisfies BuiltInRoleKey

/**
 * Creates a shopper with an account of its own and signs it in. Throws `resource.not_found` for an
 * unknown tenant, `user.already_exists` for an e-mail address that anybody in the tenant has.
 */
export function register(ctx: SignInContext) {
  return async (req: RegisterRequest, call: HandlerContext): Promise<SignInResponse> => {
    const { tenant: tenantId, fullName } = req
    const now = ctx.clock.now().round('microsecond')
    await ctx.db.tx(tenantId, (tx) => readTenant(tx, tenantId), { readOnly: true })
    const passwordHash = await hashPassword(req.password)
    const key = await ctx.signingKeys.current()

    const account = newAccount(fullName, normalizeEmail(req.email), now)
    const user = newUser(account)
    const userAgent = userAgentOf(call)
    return await ctx.db.tx(tenantId, async (tx) => {
      await insertShopper(tx, tenantId, { account, user, passwordHash })
      return await openSession(tx, { issuer: ctx.issuer, key, tenantId, user, userAgent, now })
    })
  }
}

async function insertShopper(
  tx: Tx,
  tenantId: string,
  shopper: { account: Account; user: User; passwordHash: string },
): Promise<void> {
  const { account, user, passwordHash } = shopper
  await insertAccounts(tx, tenantId, [account])
  if (!(await insertUser(tx, tenantId, user, passwordHash))) {
    const message = `There is a user with the e-mail address "${user.email}" already.`
    throw new PurserError('user.already_exists', message)
  }
  await publishAccountCreated(tx, tenantId, account)
  await publishUserRegistered(tx, tenantId, user)
}

function newAccount(name: string, email: string, createdAt: Temporal.Instant): Account {
  return { accountId: newId('acct'), name, kind: 'person', email, address: undefined, createdAt }
}

function newUser({ accountId, name, email, createdAt }: Account): User {
  return {
    userId: newId('usr'),
    email,
    fullName: name,
    roleKey: ROLE,
    status: 'active',
    accountId,
    locale: '',
    phone: '',
    createdAt,
  }
}
