import { create } from '@bufbuild/protobuf'
import {
  type ListPaymentsRequest,
  type ListPaymentsResponse,
  ListPaymentsResponseSchema,
} from '@purser/contracts/payment/v1/payment'
import { decodePageToken, encodePageToken, fromProtoTimestamp, pageSizeOf } from '@purser/rpc'
import type { PaymentContext } from '../context.ts'
import { listPayments as readPayments } from '../store/payment-list.ts'
import { fromProtoState, toProtoPayment } from './convert.ts'

/** Lists payments, newest first. Throws `request.invalid` for a page token that no list answered. */
export function listPayments(ctx: PaymentContext) {
  return async (req: ListPaymentsRequest): Promise<ListPaymentsResponse> => {
    const { tenant, accountId, orderId, createdFrom, createdBefore } = req
    const pageSize = pageSizeOf(req.pageSize)
    const question = {
      filter: {
        accountId: accountId || undefined,
        orderId: orderId || undefined,
        state: fromProtoState(req.state),
        from: createdFrom && fromProtoTimestamp(createdFrom),
        before: createdBefore && fromProtoTimestamp(createdBefore),
      },
      beforeId: decodePageToken(req.pageToken, 1)?.[0],
      // One more than asked for tells whether there is another page.
      limit: pageSize + 1,
    }
    const found = await ctx.db.tx(tenant, (tx) => readPayments(tx, tenant, question), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListPaymentsResponseSchema, {
      payments: page.map(toProtoPayment),
      nextPageToken: last ? encodePageToken([last.paymentId]) : '',
    })
  }
}
