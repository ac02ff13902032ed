import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { recordsItself } from '@purser/idempotency'
import type { UserContext } from '../../context.ts'
import { createSigningKeys } from '../../credentials/signing-keys.ts'
import type { Reach } from '../../single-sign-on/guarded-fetch.ts'
import { IdentityProviders } from '../../single-sign-on/identity-provider.ts'
import { deleteSsoConnection } from './delete-sso-connection.ts'
import { finishSso } from './finish-sso.ts'
import { getSsoConnection } from './get-sso-connection.ts'
import { putSsoConnection } from './put-sso-connection.ts'
import type { SsoContext } from './sso-context.ts'
import { startSso } from './start-sso.ts'

/** Sign-in by a tenant's own OpenID provider. Who signs in is known only inside: it records itself. */
export function ssoMethods(ctx: UserContext, reach: Reach) {
  const { secret, clock } = ctx
  const providers = new IdentityProviders({ secret, clock, reach })
  const ssoCtx: SsoContext = { ...ctx, signingKeys: createSigningKeys(ctx), providers, reach }
  return {
    putSsoConnection: putSsoConnection(ssoCtx),
    getSsoConnection: getSsoConnection(ctx),
    deleteSsoConnection: deleteSsoConnection(ctx),
    startSso: startSso(ssoCtx),
    finishSso: recordsItself(finishSso(ssoCtx)),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
