import type { Reach } from '../../single-sign-on/guarded-fetch.ts'
import type { IdentityProviders } from '../../single-sign-on/identity-provider.ts'
import type { SignInContext } from '../sign-in-context.ts'

/** What methods of single sign-on may touch. */
export type SsoContext = SignInContext & { providers: IdentityProviders; reach: Reach }
