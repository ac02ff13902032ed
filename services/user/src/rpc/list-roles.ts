import { create } from '@bufbuild/protobuf'
import {
  type ListRolesRequest,
  type ListRolesResponse,
  ListRolesResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { builtInRoles } from '../domain/role.ts'
import { listRoles as readRoles } from '../store/role.ts'
import { toProtoRole } from './convert-role.ts'

/** Lists the platform's roles, then the tenant's own by key. */
export function listRoles(ctx: UserContext) {
  return async ({ tenant }: ListRolesRequest): Promise<ListRolesResponse> => {
    const own = await ctx.db.tx(tenant, (tx) => readRoles(tx, tenant), { readOnly: true })
    return create(ListRolesResponseSchema, { roles: [...builtInRoles, ...own].map(toProtoRole) })
  }
}
