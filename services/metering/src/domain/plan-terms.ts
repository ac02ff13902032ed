/** The span over which the units of a limit count; see the contract's `LimitWindow`. */
export type LimitWindowKind = 'rolling' | 'fixed' | 'day' | 'month' | 'billing_period'

/** One limit of a feature in a plan. */
export type PlanLimit = {
  limitKey: string
  /** Whole units, 0 or more, before seats and burst. */
  quantity: bigint
  /** Whole units, 0 or more, on top of the quantity. */
  burst: bigint
  /** Whether the quantity counts for each seat. */
  perSeat: boolean
  windowKind: LimitWindowKind
  /** Length of a rolling or fixed window in seconds, from 1; 0 of the other kinds. */
  windowSeconds: number
}

/** The use of one feature that a plan version entitles to. */
export type PlanEntitlement = {
  featureKey: string
  meterKey: string
  /** Type of the events that the meter reads. */
  eventType: string
  overageAllowed: boolean
  /** What a client decides when the engine cannot be reached. */
  admitsOnOutage: boolean
  /** Shares of a limit in percent. */
  alertPercents: readonly number[]
  limits: readonly PlanLimit[]
}

/** One version of a plan. */
export type PlanVersion = { planKey: string; version: number }

/** A subscription, as far as limits depend on it. */
export type Holding = PlanVersion & {
  subscriptionId: string
  seats: number
  timeZone: string
  anchor: Temporal.Instant
  /** Months in one billing period, from 1. */
  intervalMonths: number
  alignment: 'calendar' | 'anniversary'
  start: Temporal.Instant
  /** Exclusive; undefined while it is open. */
  end: Temporal.Instant | undefined
}

/** Units on top of a limit, until they expire. */
export type TopUp = {
  topUpId: string
  featureKey: string
  limitKey: string
  quantity: bigint
  expiry: Temporal.Instant | undefined
}

/** Everything that an account holds. */
export type AccountHoldings = {
  accountId: string
  revision: bigint
  holdings: readonly Holding[]
  topUps: readonly TopUp[]
}
