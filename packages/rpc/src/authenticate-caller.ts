import type { DescMethod } from '@bufbuild/protobuf'
import { type ContextKey, createContextKey, type HandlerContext } from '@connectrpc/connect'
import { type Principal, principalKey } from './principal.ts'
import { type PrincipalCodec, principalHeader } from './principal-token.ts'

/** Puts the verified principal of a network call into its context values, or throws. */
export type AuthenticateCaller = (context: HandlerContext) => Promise<void>

/** Network address of the other end of a call's connection; empty in process. */
export const peerAddressKey: ContextKey<string> = createContextKey('', {
  description: 'purser peer address',
})

/** A call over the network that no process of the platform makes. */
export type OutsideCall = {
  method: DescMethod
  /** Of the request; what stands there afterwards is what the method sees. */
  header: Headers
  /** Of the answer. */
  responseHeader: Headers
  /** Network address of the other end; empty when the connection is gone. */
  peerAddress: string
}

/**
 * Finds out who presents other credentials, such as an API key; undefined when there are none. May
 * refuse a call for any other reason as well, before its permission is checked.
 */
export type CredentialCheck = (call: OutsideCall) => Promise<Principal | undefined>

/**
 * The signed header of another process decides; without it `checkCredentials`, if given; without
 * credentials the caller stays anonymous. A token that is not valid is refused even on public
 * methods.
 */
export function authenticateCaller(
  principals: PrincipalCodec,
  checkCredentials: CredentialCheck | undefined,
): AuthenticateCaller {
  return async ({ method, values, requestHeader: header, responseHeader }) => {
    const token = header.get(principalHeader)
    if (token !== null) {
      values.set(principalKey, principals.verify(token))
      return
    }
    const peerAddress = values.get(peerAddressKey)
    const principal = await checkCredentials?.({ method, header, responseHeader, peerAddress })
    if (principal) values.set(principalKey, principal)
  }
}
