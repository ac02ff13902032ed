import { create } from '@bufbuild/protobuf'
import {
  ListBilledLinesResponseSchema,
  type ListBilledLinesRequest,
  type ListBilledLinesResponse,
} from '@purser/contracts/invoicing/v1/invoicing'
import { assert } from '@purser/kernel'
import { fromProtoTimestamp } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import { listBilledLines as readBilledLines } from '../store/billed-line.ts'
import { toProtoBilledLine } from './convert.ts'

/**
 * Answers what was billed for usage of the subscriptions' earlier periods, on every invoice, drafts
 * included. Lines of one subscription, period and price stand together, the latest last.
 */
export function listBilledLines(ctx: InvoicingContext) {
  return async (req: ListBilledLinesRequest): Promise<ListBilledLinesResponse> => {
    assert(req.periodEndsUntil, 'the contract requires period_ends_until')
    const question = {
      subscriptionIds: req.subscriptionIds,
      endsUntil: fromProtoTimestamp(req.periodEndsUntil),
    }
    const lines = await ctx.db.tx(req.tenant, (tx) => readBilledLines(tx, req.tenant, question), {
      readOnly: true,
    })
    return create(ListBilledLinesResponseSchema, { lines: lines.map(toProtoBilledLine) })
  }
}
