import { create } from '@bufbuild/protobuf'
import {
  type ConfirmSandboxActionRequest,
  type ConfirmSandboxActionResponse,
  ConfirmSandboxActionResponseSchema,
  SandboxDecision,
} from '@purser/contracts/payment/v1/payment'
import { PurserError } from '@purser/kernel'
import { decideSandboxCharge } from '../sandbox/decide-sandbox-charge.ts'
import type { SandboxOptions } from '../sandbox/sandbox-provider.ts'

/**
 * Does what a shopper does at the sandbox: outside of every payment, which learns of it by webhook.
 * Deciding the same again changes nothing. Throws `resource.not_found` for an unknown challenge,
 * `payment.action_decided` when it was decided otherwise or is over.
 */
export function confirmSandboxAction(sandbox: SandboxOptions) {
  return async (req: ConfirmSandboxActionRequest): Promise<ConfirmSandboxActionResponse> => {
    const { tenant, challenge } = req
    const isApproved = req.decision !== SandboxDecision.REJECT
    const wanted = isApproved ? 'succeeded' : 'declined'
    const charge = await decideSandboxCharge(sandbox, { tenant, challenge, isApproved })
    if (charge === undefined) {
      throw new PurserError('resource.not_found', 'There is no such challenge.')
    }
    if (charge.status !== wanted) {
      throw new PurserError('payment.action_decided', 'This was decided before.')
    }
    return create(ConfirmSandboxActionResponseSchema, { returnUrl: charge.returnUrl })
  }
}
