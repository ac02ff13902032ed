import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import type { Account } from '@purser/contracts/user/v1/user'
import type { Tx } from '@purser/postgres'
import { asService, toProtoTimestamp } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import { retainBuyerUntil } from '../domain/retention.ts'
import { forgetBuyers } from '../store/order-buyer.ts'
import {
  countInvoices,
  findRetainedBuyer,
  forgetBuyer,
  retainBuyer,
} from '../store/retained-buyer.ts'
import { fromProtoAccount } from './convert-party.ts'
import { hashOfEmail } from './issue-order-invoices.ts'

const kind = 'invoices with the name and address of the buyer'
const kindOfOrders = 'orders whose invoices have the name and address of the buyer'
const reason =
  'Commercial and tax law ask to keep invoices with the name and address of the buyer (GDPR, article 17(3)(b)).'

const derived = 'They name the account by its identifier alone.'

/**
 * Takes the buyers of accounts into the invoices' own keeping, before they are erased where they
 * come from, and forgets those whose time has come, as it does those of people's and accounts' orders. Invoices
 * themselves name the account by its identifier, and never change. Throws `resource.not_found` for an unknown
 * account.
 */
export function erasePersonalData(ctx: InvoicingContext) {
  return async (
    req: ErasePersonalDataRequest,
    call: HandlerContext,
  ): Promise<ErasePersonalDataResponse> => {
    const { tenant } = req
    let erasedCount = 0n
    const kept = []
    for (const accountId of req.accountIds) {
      const options = asService('invoicing', tenant, { context: call })
      const account = await ctx.clients.user.getAccount({ tenant, accountId }, options)
      const now = ctx.clock.now().round('microsecond')
      const outcome = await ctx.db.tx(tenant, (tx) => keepOrForget(tx, tenant, { account, now }))
      if (outcome.isForgotten) erasedCount += 1n
      const { count, retainUntil } = outcome
      if (retainUntil) kept.push({ kind, count, reason, keepUntil: toProtoTimestamp(retainUntil) })
      else if (count > 0n) kept.push({ kind: 'invoices without a name', count, reason: derived })
    }
    const orders = await ctx.db.tx(tenant, (tx) => {
      const whose = { ...req, emailHashes: req.emails.map(hashOfEmail) }
      return forgetBuyers(tx, tenant, whose, ctx.clock.now().round('microsecond'))
    })
    erasedCount += BigInt(orders.forgotten)
    if (orders.retainUntil) {
      const keepUntil = toProtoTimestamp(orders.retainUntil)
      kept.push({ kind: kindOfOrders, count: orders.kept, reason, keepUntil })
    }
    return create(ErasePersonalDataResponseSchema, { erasedCount, kept })
  }
}

type Outcome = {
  isForgotten: boolean
  count: bigint
  /** Exclusive; undefined when no buyer is kept. */
  retainUntil: Temporal.Instant | undefined
}

async function keepOrForget(
  tx: Tx,
  tenant: string,
  { account, now }: { account: Account; now: Temporal.Instant },
): Promise<Outcome> {
  const { accountId } = account
  const { count, lastAt } = await countInvoices(tx, tenant, accountId)
  const known = await findRetainedBuyer(tx, tenant, accountId)
  const byInvoices = retainBuyerUntil(lastAt, now)
  const retainUntil = lastAt ? byInvoices : (known?.retainUntil ?? byInvoices)
  const isOver = Temporal.Instant.compare(retainUntil, now) <= 0
  if (known && isOver) {
    await forgetBuyer(tx, tenant, accountId)
    return { isForgotten: true, count, retainUntil: undefined }
  }
  // Of an account that was erased before, nothing is left to keep.
  if (isOver || (known === undefined && account.eraseTime)) {
    return { isForgotten: false, count, retainUntil: undefined }
  }
  // The law asks for name and address alone.
  const buyer = known?.buyer ?? fromProtoAccount({ ...account, email: '' })
  await retainBuyer(tx, tenant, { accountId, buyer, retainedAt: now, retainUntil })
  return { isForgotten: false, count, retainUntil }
}
