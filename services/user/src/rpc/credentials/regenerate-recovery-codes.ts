import type { HandlerContext } from '@connectrpc/connect'
import type {
  RecoveryCodes,
  RegenerateRecoveryCodesRequest,
} from '@purser/contracts/user/v1/credentials'
import type { UserContext } from '../../context.ts'
import { publishCredentialChange } from '../../credential-events.ts'
import { giveRecoveryCodes } from './give-recovery-codes.ts'
import { withOwnTwoFactors } from './own-two-factors.ts'

/** Answers ten new recovery codes, this once. Throws what `withOwnTwoFactors` throws. */
export function regenerateRecoveryCodes(ctx: UserContext) {
  return async (
    { currentPassword, code }: RegenerateRecoveryCodesRequest,
    call: HandlerContext,
  ): Promise<RecoveryCodes> =>
    await withOwnTwoFactors(ctx, call, {
      currentPassword,
      proof: { case: 'code', value: code },
      work: async (tx, person, now) => {
        const subject = 'user.recovery_codes_replaced'
        await publishCredentialChange(tx, person, { subject, occurredAt: now })
        return await giveRecoveryCodes(tx, person)
      },
    })
}
