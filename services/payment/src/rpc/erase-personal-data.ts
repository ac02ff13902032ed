import { create } from '@bufbuild/protobuf'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import type { PaymentContext } from '../context.ts'
import { countPayments, eraseCardsOfPayments, erasePaymentMethods } from '../store/personal-data.ts'

const reason = 'Books are kept by law; they name the account by its identifier alone.'

/** Forgets the cards of accounts, also in their payments, and says that the payments stay. */
export function erasePersonalData(ctx: PaymentContext) {
  return async (req: ErasePersonalDataRequest): Promise<ErasePersonalDataResponse> => {
    const { tenant, accountIds } = req
    return await ctx.db.tx(tenant, async (tx) => {
      const methods = await erasePaymentMethods(tx, tenant, accountIds)
      const cards = await eraseCardsOfPayments(tx, tenant, accountIds)
      const count = await countPayments(tx, tenant, accountIds)
      return create(ErasePersonalDataResponseSchema, {
        erasedCount: BigInt(methods + cards),
        kept: count > 0n ? [{ kind: 'payments', count, reason }] : [],
      })
    })
  }
}
