import type { SigningKeys } from '../credentials/signing-keys.ts'
import type { UserContext } from '../context.ts'

/** What methods that hand out access tokens may touch. */
export type SignInContext = UserContext & { signingKeys: SigningKeys }
