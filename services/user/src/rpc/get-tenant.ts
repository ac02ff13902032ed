import type { GetTenantRequest, Tenant } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import type { Tenant as DomainTenant } from '../domain/tenant.ts'
import { findTenant } from '../store/tenant.ts'
import { toProtoTenant } from './convert.ts'

/** Answers the tenant's settings. Throws `resource.not_found`. */
export function getTenant(ctx: UserContext) {
  return async ({ tenant }: GetTenantRequest): Promise<Tenant> =>
    toProtoTenant(
      await ctx.db.tx(tenant, (tx) => readTenant(tx, tenant), { readOnly: true, isSingle: true }),
    )
}

/** The tenant with this slug; tenants are never removed. Throws `resource.not_found`. */
export async function readTenant(tx: Tx, tenantId: string): Promise<DomainTenant> {
  const tenant = await findTenant(tx, tenantId)
  if (tenant !== undefined) return tenant
  throw new PurserError('resource.not_found', `There is no tenant "${tenantId}".`)
}
