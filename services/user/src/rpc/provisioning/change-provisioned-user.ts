import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type {
  PatchProvisionedUserRequest,
  ReplaceProvisionedUserRequest,
} from '@purser/contracts/user/v1/provisioning'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import type { User } from '../../domain/user.ts'
import { applyPatch } from '../../provisioning/apply-patch.ts'
import { readPatch } from '../../provisioning/patch-operations.ts'
import { readScimBody } from '../../provisioning/scim-body.ts'
import { readProjectionQuery } from '../../provisioning/scim-query.ts'
import { userSchema } from '../../provisioning/scim-schema.ts'
import { userResource } from '../../provisioning/user-resource.ts'
import type { ProvisionedUser } from '../../domain/provisioned-user.ts'
import { readUserValues, type UserValues } from '../../provisioning/user-values.ts'
import { findProvisionedUser } from '../../store/provisioned-user.ts'
import { lockOwnersAndUser } from '../../store/team-user.ts'
import { shownUser } from './get-provisioned-user.ts'
import { scimReply, unknownResource } from './scim-reply.ts'
import { storeValues } from './store-values.ts'
import { refuseDoubles } from './unique-violation.ts'

/**
 * Replaces what the provider tells of a person: what is left out is forgotten, but the person is
 * active unless told otherwise. Throws `resource.not_found`, what `storeValues` and reading the body
 * throw, and `user.already_exists`.
 */
export function replaceProvisionedUser(ctx: UserContext) {
  return async (req: ReplaceProvisionedUserRequest): Promise<HttpReply> => {
    const values = readUserValues(readScimBody(req.body))
    return await change(ctx, req, async () => values)
  }
}

/** Changes what the provider tells of a person by PATCH. Throws as `replaceProvisionedUser`. */
export function patchProvisionedUser(ctx: UserContext) {
  return async (req: PatchProvisionedUserRequest): Promise<HttpReply> => {
    const operations = readPatch(userSchema, readScimBody(req.body))
    return await change(ctx, req, async (former) => {
      const resource = { ...userResource(req.tenant, former, []), meta: undefined }
      return readUserValues(await applyPatch(userSchema, resource, operations))
    })
  }
}

type Change = { tenant: string; userId: string; query: string }

async function change(
  ctx: UserContext,
  { tenant, userId, query }: Change,
  newValues: (former: ProvisionedUser) => Promise<UserValues>,
): Promise<HttpReply> {
  const projection = readProjectionQuery(userSchema, query)
  const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  const work = async (tx: Tx) => {
    const { former, people } = await lockProvisionedUser(tx, tenant, userId)
    const values = await newValues(former)
    const stored = await storeValues(tx, tenant, { people, user: former.user, now }, values)
    return await shownUser(tx, tenant, stored, projection)
  }
  return scimReply(await refuseDoubles(() => ctx.db.tx(tenant, work)))
}

/** A person whom the provider keeps here, and the owners, all locked. Throws `resource.not_found`. */
export async function lockProvisionedUser(
  tx: Tx,
  tenantId: string,
  userId: string,
): Promise<{ former: ProvisionedUser; people: readonly User[] }> {
  const people = await lockOwnersAndUser(tx, tenantId, userId)
  const former = await findProvisionedUser(tx, tenantId, userId)
  if (former === undefined) throw unknownResource('user', userId)
  return { former, people }
}
