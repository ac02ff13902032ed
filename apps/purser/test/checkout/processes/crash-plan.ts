import type { CheckoutPoint } from '@purser/order'

/** What a process of the order service does at the points of its checkouts. */
export type CrashPlan = {
  /** Where it kills itself; without one it writes `reached POINT` for each. */
  crashAt?: CheckoutPoint
  /** At which hit of the point, from 1. */
  hit: number
  /** Whether goods are gone when they are to be sold, so that everything is undone. */
  refusesCommit: boolean
}

/** Variable of the environment that holds the plan as JSON. */
export const CRASH_PLAN = 'CHECKOUT_CRASH_PLAN'
