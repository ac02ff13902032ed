import {
  assert,
  type BillingAnchor,
  billingPeriodsEndingIn,
  calendarDays,
  type Period,
  wholeBillingPeriod,
} from '@purser/kernel'
import { earlier, isBefore, later } from './instant.ts'
import { billingAnchor, type Subscription } from './subscription.ts'

/** A billing period with its length in calendar days of the subscription's zone. */
export type DuePeriod = Period & {
  /** Days billed: from the date of the start up to the date of the end, which is not counted. */
  billableDays: number
  /** Days of the full period that holds it; equal to `billableDays` when it is full. */
  periodDays: number
}

type WholePeriod = Period & {
  days: number
  /** Whether it ends in the window. */
  isDue: boolean
}

/**
 * Billing periods of many subscriptions in one window of time.
 *
 * Calendars are slow and thousands of subscriptions share few of them, so what depends on the zone
 * is computed once for each distinct schedule. Aligned periods that divide a year begin on the same
 * days whenever a subscription starts: one computation serves a zone. A subscription's own periods
 * are these full periods cut at its start and end, and therefore tile the time between.
 */
export class BillingCalendar {
  readonly #window: Period
  readonly #wholePeriods = new Map<string, WholePeriod[]>()
  readonly #days = new Map<string, number>()

  constructor(window: Period) {
    this.#window = window
  }

  /** The periods that end after the window's start, up to and including its end, in order. */
  duePeriods(subscription: Subscription): DuePeriod[] {
    const due: DuePeriod[] = []
    for (const whole of this.#wholePeriodsOf(subscription)) {
      const period = cut(whole, subscription)
      if (!period || !this.#isDue(whole, period)) continue
      const billableDays = period === whole ? whole.days : this.#daysOf(period, subscription)
      due.push({ start: period.start, end: period.end, billableDays, periodDays: whole.days })
    }
    return due
  }

  /** The first period that has a part in the window, if there is one. */
  firstPeriod(subscription: Subscription): Period | undefined {
    for (const whole of this.#wholePeriodsOf(subscription)) {
      const period = cut(whole, subscription)
      if (!period || !isBefore(this.#window.start, period.end)) continue
      return isBefore(period.start, this.#window.end) ? period : undefined
    }
    return undefined
  }

  #isDue(whole: WholePeriod, period: Period): boolean {
    return period.end === whole.end ? whole.isDue : endsIn(period, this.#window)
  }

  /** Full periods that end after the window's start and begin before its end. */
  #wholePeriodsOf(subscription: Subscription): readonly WholePeriod[] {
    const { timeZone, intervalUnit, intervalCount, startAt } = subscription
    const isShared = startsOnSharedDays(subscription)
    const key =
      `${timeZone} ${intervalCount} ${intervalUnit}` +
      (isShared ? '' : ` ${subscription.alignment} ${startAt.epochNanoseconds}`)
    const known = this.#wholePeriods.get(key)
    if (known) return known
    const anchor = billingAnchor(subscription)
    const found = wholePeriods(
      isShared ? { ...anchor, start: this.#window.start } : anchor,
      this.#window,
    )
    this.#wholePeriods.set(key, found)
    return found
  }

  #daysOf(period: Period, { timeZone }: Subscription): number {
    const key = `${timeZone} ${period.start.epochNanoseconds} ${period.end.epochNanoseconds}`
    const known = this.#days.get(key)
    if (known !== undefined) return known
    const days = calendarDays(period, timeZone)
    this.#days.set(key, days)
    return days
  }
}

/** The billing period that holds `now`; undefined before the start and from the end on. */
export function currentPeriod(
  subscription: Subscription,
  now: Temporal.Instant,
): Period | undefined {
  return calendarAt(now).firstPeriod(subscription)
}

/** A calendar whose `firstPeriod` is the one that holds `now`. */
export function calendarAt(now: Temporal.Instant): BillingCalendar {
  return new BillingCalendar({ start: now, end: now.add({ nanoseconds: 1 }) })
}

/** Aligned periods of 1, 2, 3, 4, 6 and 12 months count from January, whatever the start. */
function startsOnSharedDays({ alignment, intervalUnit, intervalCount }: Subscription): boolean {
  if (alignment !== 'calendar') return false
  return intervalUnit === 'year' ? intervalCount === 1 : 12 % intervalCount === 0
}

function wholePeriods(anchor: BillingAnchor, window: Period): WholePeriod[] {
  const found: WholePeriod[] = []
  for (let index = firstIndex(anchor, window.start); ; index++) {
    const period = wholeBillingPeriod(anchor, index)
    if (!isBefore(period.start, window.end)) return found
    const days = calendarDays(period, anchor.timeZone)
    found.push({ ...period, days, isDue: endsIn(period, window) })
  }
}

function endsIn(period: Period, window: Period): boolean {
  return isBefore(window.start, period.end) && !isBefore(window.end, period.end)
}

/** Number of the first period that ends after `instant`. */
function firstIndex(anchor: BillingAnchor, instant: Temporal.Instant): number {
  const from = later(anchor.start, instant)
  const longestDays = anchor.intervalCount * (anchor.interval === 'year' ? 366 : 31) + 2
  const window = { start: from, end: from.add({ hours: longestDays * 24 }) }
  const [first] = billingPeriodsEndingIn(anchor, window)
  assert(first, 'a period ends within the longest length of a period')
  return first.index
}

/**
 * The part of a full period in which the subscription runs; the same object when that is all of it.
 */
function cut(whole: WholePeriod, { startAt, endAt }: Subscription): Period | undefined {
  const start = later(whole.start, startAt)
  const end = endAt ? earlier(whole.end, endAt) : whole.end
  if (!isBefore(start, end)) return undefined
  return start === whole.start && end === whole.end ? whole : { start, end }
}
