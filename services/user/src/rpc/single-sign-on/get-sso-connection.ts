import type {
  GetSsoConnectionRequest,
  SsoConnection,
} from '@purser/contracts/user/v1/single_sign_on'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { findConnection } from '../../store/sso-connection.ts'
import { toProtoSsoConnection } from './convert-sso-connection.ts'

/** Answers the tenant's connection, without its secret. Throws `resource.not_found`. */
export function getSsoConnection(ctx: UserContext) {
  return async ({ tenant }: GetSsoConnectionRequest): Promise<SsoConnection> => {
    const found = await ctx.db.tx(tenant, (tx) => findConnection(tx, tenant), { readOnly: true })
    if (found === undefined) throw noConnection()
    return toProtoSsoConnection(found)
  }
}

/** The refusal of a tenant that has no connection, or that there is not. */
export function noConnection(): PurserError {
  return new PurserError('resource.not_found', 'There is no such connection for single sign-on.')
}
