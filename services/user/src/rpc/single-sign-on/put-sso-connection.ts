import type { HandlerContext } from '@connectrpc/connect'
import type {
  PutSsoConnectionRequest,
  SsoConnection as ProtoSsoConnection,
} from '@purser/contracts/user/v1/single_sign_on'
import { newId, PurserError } from '@purser/kernel'
import { principalOf } from '@purser/rpc'
import { DEFAULT_STAFF_ROLE } from '../../domain/group-role.ts'
import { OWNER } from '../../domain/role.ts'
import { publishSsoConnectionSet } from '../../provisioning-events.ts'
import { checkUrl } from '../../single-sign-on/guarded-fetch.ts'
import { openClientSecret, sealClientSecret } from '../../single-sign-on/sealed-secrets.ts'
import type { SsoConnection } from '../../domain/sso-connection.ts'
import { lockConnection, putConnection } from '../../store/sso-connection.ts'
import { readTenant } from '../get-tenant.ts'
import { requireRoleToGive } from '../role-to-give.ts'
import { toProtoSsoConnection } from './convert-sso-connection.ts'
import type { SsoContext } from './sso-context.ts'

/**
 * Connects the tenant with its OpenID provider, or changes the connection. Throws, in this order:
 * `request.invalid` for an issuer or a redirect address of a form that is not taken,
 * `resource.not_found` for an unknown tenant, `request.invalid` or `auth.permission_denied` for the
 * default role, `request.invalid` for a missing secret. The provider is asked at the first sign-in.
 */
export function putSsoConnection(ctx: SsoContext) {
  return async (
    req: PutSsoConnectionRequest,
    call: HandlerContext,
  ): Promise<ProtoSsoConnection> => {
    const { tenant, issuer, redirectUris } = req
    const held = principalOf(call).permissions
    checkIssuer(ctx, issuer)
    for (const [index, uri] of redirectUris.entries()) checkRedirectUri(uri, index)
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const roleKey = req.defaultRole || DEFAULT_STAFF_ROLE
    if (roleKey === OWNER) throw invalid('default_role', 'must not be the owner')

    const connection = await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      const { roleKey: defaultRoleKey } = await requireRoleToGive(tx, tenant, { roleKey, held })
      const former = await lockConnection(tx, tenant)
      const wanted = { ...newConnection(ctx, req, former), defaultRoleKey, updatedAt: now }
      await putConnection(tx, tenant, wanted)
      await publishSsoConnectionSet(tx, tenant, wanted)
      return wanted
    })
    return toProtoSsoConnection(connection)
  }
}

function newConnection(
  ctx: SsoContext,
  req: PutSsoConnectionRequest,
  former: SsoConnection | undefined,
): Omit<SsoConnection, 'defaultRoleKey' | 'updatedAt'> {
  const { issuer, clientId } = req
  // A secret goes to the provider that it was given for, and to no other.
  const kept = former?.issuer === issuer && former.clientId === clientId ? former : undefined
  const connectionId = kept?.connectionId ?? newId('sso')
  const clientSecret =
    req.clientSecret ||
    (kept && openClientSecret(ctx.secret, connectionId, kept.sealedClientSecret))
  if (!clientSecret) throw invalid('client_secret', 'must be given for a new connection')
  return {
    connectionId,
    issuer,
    clientId,
    sealedClientSecret: sealClientSecret(ctx.secret, connectionId, clientSecret),
    redirectUris: [...new Set(req.redirectUris)],
    emailDomains: [...new Set(req.emailDomains.map((domain) => domain.toLowerCase()))],
    createsPeople: req.justInTime,
    isEnforced: req.enforced,
  }
}

function checkIssuer({ reach }: SsoContext, issuer: string): void {
  try {
    const url = new URL(issuer)
    checkUrl(url, reach)
    if (url.search !== '' || url.hash !== '') throw new Error('it has a query or a fragment')
  } catch {
    throw invalid('issuer', 'must be an https URL of the public internet, without query')
  }
}

/** Spelled as it will be compared: what the provider is told is what is sent when the code is exchanged. */
function checkRedirectUri(uri: string, index: number): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '')
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)
  if (url && isSafe && url.href === uri && url.search === '' && url.hash === '') return
  const expected = 'must be an https URL, or http on loopback, as browsers spell it, without query'
  throw invalid(`redirect_uris[${index}]`, expected)
}

function invalid(field: string, message: string): PurserError {
  return new PurserError('request.invalid', 'The connection cannot be made.', {
    fields: [{ field, message }],
  })
}
