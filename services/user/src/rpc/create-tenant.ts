import type { CreateTenantRequest, Tenant } from '@purser/contracts/user/v1/user'
import { assert, PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { publishTenantCreated } from '../events.ts'
import { insertTenant } from '../store/tenant.ts'
import { fromProtoTenant, toProtoTenant } from './convert.ts'

/** Creates a tenant. Throws `tenant.already_exists`. */
export function createTenant(ctx: UserContext) {
  return async ({ newTenant: requested }: CreateTenantRequest): Promise<Tenant> => {
    assert(requested, 'the contract requires a tenant')
    const now = ctx.clock.now({ tenantId: requested.tenant }).round('microsecond')
    const tenant = fromProtoTenant(requested, now)
    await ctx.db.tx(tenant.tenantId, async (tx) => {
      if (!(await insertTenant(tx, tenant))) {
        const message = `There is a tenant "${tenant.tenantId}" already.`
        throw new PurserError('tenant.already_exists', message)
      }
      await publishTenantCreated(tx, tenant)
    })
    return toProtoTenant(tenant)
  }
}
