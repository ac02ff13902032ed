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
import { insertMember } from '../store/member.ts'
import { chooseAccount } from '../store/membership.ts'
import { insertUser } from '../store/tenant-user.ts'
import { addLinkMail } from './credentials/add-mail.ts'
import { readTenant } from './get-tenant.ts'
import { takeUpInvitation } from './members/take-up-invitation.ts'
import { openSession } from './sign-in-answer.ts'
import type { SignInContext } from './sign-in-context.ts'

const ROLE = 'shopper' satisfies BuiltInRoleKey

/**
 * Creates a shopper and signs it in: with an account of its own, with an account of the organization
 * that it names, whose first admin it is, or in the account that it was invited into.
 * A link that verifies the address is mailed. Throws, in this
 * order: `request.invalid` for an organization and an invitation at once, `resource.not_found` for an
 * unknown tenant, `user.already_exists` for an e-mail address that anybody in the tenant has,
 * `auth.invalid_credentials` for an invitation that does not work or was made for another address.
 */
export function register(ctx: SignInContext) {
  return async (req: RegisterRequest, call: HandlerContext): Promise<SignInResponse> => {
    const { tenant: tenantId, invitation } = req
    checkOneAccount(req)
    const now = ctx.clock.now().round('microsecond')
    await ctx.db.tx(tenantId, (tx) => readTenant(tx, tenantId), { readOnly: true })
    const passwordHash = await hashPassword(req.password)
    const key = await ctx.signingKeys.current()

    const newcomer = newUser(req, now)
    const account = invitation === '' ? newAccount(req, newcomer) : undefined
    return await ctx.db.tx(tenantId, async (tx) => {
      const shopper = { newcomer, passwordHash, account, invitation }
      const user = await insertShopper(tx, tenantId, shopper)
      const link = { purpose: 'verify_email', email: user.email, now } as const
      await addLinkMail(ctx, tx, { tenant: tenantId, userId: user.userId }, link)
      return await openSession(tx, { issuer: ctx.issuer, key, tenantId, user, call, now })
    })
  }
}

type Shopper = {
  /** Not in an account yet. */
  newcomer: User
  passwordHash: string
  /** The account to open; undefined for somebody who was invited into one. */
  account: Account | undefined
  invitation: string
}

async function insertShopper(
  tx: Tx,
  tenantId: string,
  { newcomer, passwordHash, account, invitation }: Shopper,
): Promise<User> {
  if (!(await insertUser(tx, tenantId, newcomer, passwordHash))) {
    const message = `There is a user with the e-mail address "${newcomer.email}" already.`
    throw new PurserError('user.already_exists', message)
  }
  const { userId, createdAt } = newcomer
  const accountId =
    account === undefined
      ? await takeUpInvitation(tx, tenantId, { invitation, user: newcomer, now: createdAt })
      : await openAccount(tx, tenantId, { account, userId })
  await chooseAccount(tx, tenantId, { accountId, userId })
  const user = { ...newcomer, accountId }
  await publishUserRegistered(tx, tenantId, user)
  return user
}

async function openAccount(
  tx: Tx,
  tenantId: string,
  { account, userId }: { account: Account; userId: string },
): Promise<string> {
  const { accountId, createdAt } = account
  await insertAccounts(tx, tenantId, [account])
  await insertMember(tx, tenantId, { accountId, userId, role: 'admin', createdAt })
  await publishAccountCreated(tx, tenantId, account)
  return accountId
}

function checkOneAccount({ organizationName, invitation }: RegisterRequest): void {
  if (organizationName === '' || invitation === '') return
  const message = 'Name an organization to open an account for, or an invitation into one.'
  throw new PurserError('request.invalid', message, {
    fields: [{ field: 'organization_name', message: 'must be left out with an invitation' }],
  })
}

function newAccount({ organizationName }: RegisterRequest, { fullName, email, createdAt }: User) {
  const isOrganization = organizationName !== ''
  const account: Account = {
    accountId: newId('acct'),
    name: isOrganization ? organizationName : fullName,
    kind: isOrganization ? 'organization' : 'person',
    email,
    address: undefined,
    createdAt,
  }
  return account
}

function newUser({ email, fullName }: RegisterRequest, createdAt: Temporal.Instant): User {
  return {
    userId: newId('usr'),
    email: normalizeEmail(email),
    fullName,
    roleKey: ROLE,
    status: 'active',
    accountId: undefined,
    locale: '',
    phone: '',
    createdAt,
  }
}
