import type { Order, OrderExchange, OrderRefund, Share } from './order.ts'

/** What has become of an order's money so far. */
type MoneyMoves = {
  refunds: readonly (Share & Pick<OrderRefund, 'state'>)[]
  exchanges: readonly Pick<OrderExchange, 'credits'>[]
}

/**
 * What is left of an order's money by the payment that it came by: its own first, then those that came with the
 * goods that it replaces. They add up to `refundableMinor`.
 */
export function sharesOf(
  order: Pick<Order, 'paymentId' | 'paidMinor' | 'creditMinor' | 'credits'>,
  { refunds, exchanges }: MoneyMoves,
): Share[] {
  const { paymentId, paidMinor, creditMinor, credits } = order
  const own = { paymentId, amountMinor: paidMinor - creditMinor }
  const gone = [
    ...refunds.filter(({ state }) => state !== 'failed'),
    ...exchanges.flatMap((each) => each.credits),
  ]
  return [own, ...credits].map(({ paymentId: id, amountMinor }) => {
    const ofIt = gone.filter((part) => part.paymentId === id)
    return { paymentId: id, amountMinor: amountMinor - sumOfShares(ofIt) }
  })
}

/** An amount taken from shares, the first ones first; less only when there is no more. */
export function takeFrom(shares: readonly Share[], amountMinor: bigint): Share[] {
  let left = amountMinor
  return shares.flatMap((share) => {
    const taken = share.amountMinor < left ? share.amountMinor : left
    left -= taken
    return taken > 0n ? [{ ...share, amountMinor: taken }] : []
  })
}

/** What shares come to, in minor units. */
export function sumOfShares(shares: readonly Pick<Share, 'amountMinor'>[]): bigint {
  return shares.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
}
