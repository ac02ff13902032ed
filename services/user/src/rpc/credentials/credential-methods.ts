import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { recordsItself } from '@purser/idempotency'
import type { SignInContext } from '../sign-in-context.ts'
import { beginPasskeyRegistration } from './begin-passkey-registration.ts'
import { beginPasskeySignIn } from './begin-passkey-sign-in.ts'
import { changeEmail } from './change-email.ts'
import { confirmEmailChange } from './confirm-email-change.ts'
import { confirmTotp } from './confirm-totp.ts'
import { deletePasskey } from './delete-passkey.ts'
import { disableTotp } from './disable-totp.ts'
import { enrollTotp } from './enroll-totp.ts'
import { listPasskeys } from './list-passkeys.ts'
import { regenerateRecoveryCodes } from './regenerate-recovery-codes.ts'
import { registerPasskey } from './register-passkey.ts'
import { renamePasskey } from './rename-passkey.ts'
import { requestPasswordReset } from './request-password-reset.ts'
import { resendVerification } from './resend-verification.ts'
import { resetPassword } from './reset-password.ts'
import { signInWithPasskey } from './sign-in-with-passkey.ts'
import { signInWithSecondFactor } from './sign-in-with-second-factor.ts'
import { verifyEmail } from './verify-email.ts'

/**
 * What people prove themselves with beside a password. Its present is the platform's, as that of all
 * sign-in. What failed attempts leave outlives their refusal, and who follows a link is known only
 * inside: most methods record themselves.
 */
export function credentialMethods(ctx: SignInContext) {
  return {
    verifyEmail: recordsItself(verifyEmail(ctx)),
    resendVerification: resendVerification(ctx),
    changeEmail: recordsItself(changeEmail(ctx)),
    confirmEmailChange: recordsItself(confirmEmailChange(ctx)),
    requestPasswordReset: requestPasswordReset(ctx),
    resetPassword: recordsItself(resetPassword(ctx)),
    signInWithSecondFactor: recordsItself(signInWithSecondFactor(ctx)),
    enrollTotp: recordsItself(enrollTotp(ctx)),
    confirmTotp: confirmTotp(ctx),
    regenerateRecoveryCodes: recordsItself(regenerateRecoveryCodes(ctx)),
    disableTotp: recordsItself(disableTotp(ctx)),
    beginPasskeyRegistration: recordsItself(beginPasskeyRegistration(ctx)),
    registerPasskey: recordsItself(registerPasskey(ctx)),
    listPasskeys: listPasskeys(ctx),
    renamePasskey: renamePasskey(ctx),
    deletePasskey: deletePasskey(ctx),
    beginPasskeySignIn: beginPasskeySignIn(ctx),
    signInWithPasskey: recordsItself(signInWithPasskey(ctx)),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
