import type { HandlerContext } from '@connectrpc/connect'
import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type { CreateProvisionedUserRequest } from '@purser/contracts/user/v1/provisioning'
import { recordAct } from '@purser/idempotency'
import { assert, newId } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { DEFAULT_STAFF_ROLE } from '../../domain/group-role.ts'
import type { User } from '../../domain/user.ts'
import { project } from '../../provisioning/projection.ts'
import { userPath } from '../../provisioning/resource-paths.ts'
import { readScimBody } from '../../provisioning/scim-body.ts'
import { readProjectionQuery } from '../../provisioning/scim-query.ts'
import { scimRefusal } from '../../provisioning/scim-refusal.ts'
import { userSchema } from '../../provisioning/scim-schema.ts'
import { userResource } from '../../provisioning/user-resource.ts'
import type { ProvisionedUser } from '../../domain/provisioned-user.ts'
import { readUserValues, type UserValues } from '../../provisioning/user-values.ts'
import { publishUserProvisioned } from '../../provisioning-events.ts'
import { provisioningOf, putProvisionedUser } from '../../store/provisioned-user.ts'
import { lockOwnersAndUser } from '../../store/team-user.ts'
import { findUserByEmail, insertUser } from '../../store/tenant-user.ts'
import { readTenant } from '../get-tenant.ts'
import { isUnproved, takeOverRegistration } from '../take-over-registration.ts'
import { scimCreated } from './scim-reply.ts'
import { mayDecide, storeValues } from './store-values.ts'

/**
 * Creates a person without a password, a viewer until a group says otherwise. A person whom the
 * provider removed before comes back, and staff about whom it may decide is taken up; a registration
 * with an address that nobody proved, where a group makes shoppers, without what signs in to it. Throws
 * `user.already_exists` for any other `userName` that is taken, and what reading the body throws.
 */
export function createProvisionedUser(ctx: UserContext) {
  return async (req: CreateProvisionedUserRequest, call: HandlerContext): Promise<HttpReply> => {
    const { tenant, query, body } = req
    const projection = readProjectionQuery(userSchema, query)
    const values = readUserValues(readScimBody(body))
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const wanted = newUser(values, now)
    const created = await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      const isNew = await insertUser(tx, tenant, wanted, undefined)
      const { externalId, attributes } = values
      const provisioned = { user: wanted, externalId, attributes, updatedAt: now }
      if (isNew) await putProvisionedUser(tx, tenant, provisioned)
      const stored = isNew ? provisioned : await takeUp(tx, tenant, values, now)
      const { userId } = stored.user
      await publishUserProvisioned(tx, tenant, stored.user, now)
      await recordAct(tx, call, { object: { user_id: userId }, occurredAt: ctx.clock.now() })
      return stored
    })
    const resource = project(userResource(tenant, created, []), projection)
    return scimCreated(resource, userPath(tenant, created.user.userId))
  }
}

function newUser({ email, fullName, isActive }: UserValues, createdAt: Temporal.Instant): User {
  return {
    userId: newId('usr'),
    email,
    fullName,
    roleKey: DEFAULT_STAFF_ROLE,
    status: isActive ? 'active' : 'disabled',
    accountId: undefined,
    locale: '',
    phone: '',
    createdAt,
  }
}

const UNDECIDED =
  'Somebody whose role no group gives has this "userName" already: invite the person first, or set the role.'

/** The person who has the address, now kept by the provider too. */
async function takeUp(
  tx: Tx,
  tenantId: string,
  values: UserValues,
  now: Temporal.Instant,
): Promise<ProvisionedUser> {
  const refusal = scimRefusal('uniqueness', 'Somebody has this "userName" already.')
  const found = await findUserByEmail(tx, tenantId, values.email)
  if (found === undefined) throw refusal // The address was given up this moment.
  const people = await lockOwnersAndUser(tx, tenantId, found.user.userId)
  const user = people.find(({ userId }) => userId === found.user.userId)
  assert(user, 'people are never removed')
  const provisioning = await provisioningOf(tx, tenantId, user.userId)
  // Whoever was shut out by somebody else stays so.
  const mayReturn = provisioning === 'removed' || user.status !== 'disabled'
  const mayTake = provisioning !== 'kept' && user.email === values.email && mayReturn
  if (!mayTake) throw refusal
  if (!(await mayDecide(tx, tenantId, user))) throw scimRefusal('uniqueness', UNDECIDED)
  const isTaken = user.status === 'active' && (await isUnproved(tx, tenantId, user))
  const taken = isTaken ? await takeOverRegistration(tx, tenantId, { user, now }) : user
  return await storeValues(tx, tenantId, { people, user: taken, now }, values)
}
