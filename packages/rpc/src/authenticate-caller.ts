import type { HandlerContext } from '@connectrpc/connect'
import { type Principal, principalKey } from './principal.ts'
import { type PrincipalCodec, principalHeader } from './principal-token.ts'

/** Puts the verified principal of a network call into its context values, or throws. */
export type AuthenticateCaller = (context: HandlerContext) => Promise<void>

/** Finds out who presents other credentials, such as an API key; undefined when there are none. */
export type CredentialCheck = (header: Headers) => Promise<Principal | undefined>

/**
 * The signed header of another process decides; without it `checkCredentials`, if given; without
 * credentials the caller stays anonymous. A token that is not valid is refused even on public
 * methods.
 */
export function authenticateCaller(
  principals: PrincipalCodec,
  checkCredentials: CredentialCheck | undefined,
): AuthenticateCaller {
  return async (context) => {
    const token = context.requestHeader.get(principalHeader)
    if (token !== null) {
      context.values.set(principalKey, principals.verify(token))
      return
    }
    const principal = await checkCredentials?.(context.requestHeader)
    if (principal) context.values.set(principalKey, principal)
  }
}
