import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type SendEmailRequest,
  type SendEmailResponse,
  SendEmailResponseSchema,
} from '@purser/contracts/notification/v1/notification'
import { asService } from '@purser/rpc'
import type { NotificationContext } from '../context.ts'
import { acceptMessage } from '../messages/accept-message.ts'

/**
 * Accepts one e-mail for delivery. Throws `notification.unknown_template`, `notification.missing_variable`,
 * `request.invalid`, `resource.not_found` for an unknown tenant.
 */
export function sendEmail(ctx: NotificationContext) {
  return async (req: SendEmailRequest, call: HandlerContext): Promise<SendEmailResponse> => {
    const options = asService('notification', req.tenant, { context: call })
    const messageId = await acceptMessage(ctx, req.tenant, req, options)
    return create(SendEmailResponseSchema, { messageId })
  }
}
