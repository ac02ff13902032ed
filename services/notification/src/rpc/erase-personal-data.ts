import { create } from '@bufbuild/protobuf'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import type { NotificationContext } from '../context.ts'
import { deletePersonalMessages, deletePersonalSuppressions } from '../store/personal-message.ts'

const MESSAGES_A_CALL = 1_000

/** Removes what was sent to e-mail addresses, 1,000 messages a call; nothing stays. */
export function erasePersonalData(ctx: NotificationContext) {
  return async (req: ErasePersonalDataRequest): Promise<ErasePersonalDataResponse> => {
    const { tenant } = req
    const emails = req.emails.map((email) => email.toLowerCase())
    return await ctx.db.tx(tenant, async (tx) => {
      const limit = MESSAGES_A_CALL
      const messages = await deletePersonalMessages(tx, tenant, { emails, limit })
      const suppressions = await deletePersonalSuppressions(tx, tenant, emails)
      return create(ErasePersonalDataResponseSchema, {
        erasedCount: BigInt(messages + suppressions),
        more: messages === limit,
      })
    })
  }
}
