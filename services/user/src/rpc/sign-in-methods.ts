import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { recordsItself } from '@purser/idempotency'
import type { UserContext } from '../context.ts'
import { createSigningKeys } from '../credentials/signing-keys.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { changePassword } from './change-password.ts'
import { credentialMethods } from './credentials/credential-methods.ts'
import { listSessions } from './list-sessions.ts'
import { listSigningKeys } from './list-signing-keys.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { refresh } from './refresh.ts'
import { register } from './register.ts'
import { resolveSession } from './resolve-session.ts'
import { revokeSession } from './revoke-session.ts'
import type { SignInContext } from './sign-in-context.ts'

/**
 * Sign-in of people. Its present is the platform's, never one tenant's test clock: a tenant that
 * travels in time must not stretch a session or a block. Whoever signs in or out is known only inside,
 * and what failed attempts leave outlives their refusal: these methods record themselves.
 */
export function signInMethods(ctx: UserContext) {
  const signInCtx: SignInContext = { ...ctx, signingKeys: createSigningKeys(ctx) }
  return {
    register: recordsItself(register(signInCtx)),
    login: recordsItself(login(signInCtx)),
    refresh: refresh(signInCtx),
    logout: recordsItself(logout(ctx)),
    acceptInvitation: recordsItself(acceptInvitation(signInCtx)),
    changePassword: recordsItself(changePassword(ctx)),
    listSessions: listSessions(ctx),
    revokeSession: revokeSession(ctx),
    resolveSession: resolveSession(ctx),
    listSigningKeys: listSigningKeys(ctx),
    ...credentialMethods(signInCtx),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
