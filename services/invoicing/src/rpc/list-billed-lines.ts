import { create } from '@bufbuild/protobuf'
import {
  ListBilledLinesResponseSchema,
  type ListBilledLinesRequest,
  type ListBilledLinesResponse,
} from '@purser/contracts/invoicing/v1/invoicing'
import { assert } from '@purser/kernel'
import { decodePageToken, encodePageToken, fromProtoTimestamp } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import {
  type BilledLinePosition,
  listBilledLines as readBilledLines,
} from '../store/billed-line.ts'
import { toProtoBilledLine } from './convert.ts'

const DEFAULT_PAGE_SIZE = 1_000

/**
 * Pages through what was billed for usage of subscriptions, on every invoice, drafts included: by
 * subscription, then in the order in which the invoices were made.
 */
export function listBilledLines(ctx: InvoicingContext) {
  return async (req: ListBilledLinesRequest): Promise<ListBilledLinesResponse> => {
    assert(req.periodEndsUntil, 'the contract requires period_ends_until')
    const pageSize = req.pageSize || DEFAULT_PAGE_SIZE
    const question = {
      subscriptionIds: req.subscriptionIds,
      endsUntil: fromProtoTimestamp(req.periodEndsUntil),
      after: fromPageToken(req.pageToken),
      // One more than asked for tells whether there is another page.
      limit: pageSize + 1,
    }
    const found = await ctx.db.tx(req.tenant, (tx) => readBilledLines(tx, req.tenant, question), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListBilledLinesResponseSchema, {
      lines: page.map(toProtoBilledLine),
      nextPageToken: last === undefined ? '' : toPageToken(last.position),
    })
  }
}

function toPageToken({ subscriptionId, invoiceId, lineNumber }: BilledLinePosition): string {
  return encodePageToken([subscriptionId, invoiceId, String(lineNumber)])
}

/** Before every line without a token. */
function fromPageToken(token: string): BilledLinePosition {
  const [subscriptionId = '', invoiceId = '', line = '0'] = decodePageToken(token, 3) ?? []
  return { subscriptionId, invoiceId, lineNumber: Number(line) }
}
