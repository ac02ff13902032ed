/** Units on top of a limit, bought or given once. It never changes. */
export type TopUp = {
  topUpId: string
  accountId: string
  featureKey: string
  limitKey: string
  /** From 1. */
  quantity: bigint
  /** Not counted from then on; undefined for never. */
  expireAt: Temporal.Instant | undefined
  createdAt: Temporal.Instant
}
