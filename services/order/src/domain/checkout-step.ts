import type { CheckoutFacts } from './checkout.ts'

/**
 * The steps of a checkout after its cart was read, in order. Each acts once however often it is repeated, and is undone,
 * if it has to be, in the reverse order. What another service does and has to undo is written down before it is done:
 *
 * | step             | does                                          | undone by              |
 * | ---------------- | --------------------------------------------- | ---------------------- |
 * | reserve_stock    | prices and reserves the goods                 | releasing them         |
 * | confirm_shipping | holds the quote, compares the total           | nothing: quotes expire |
 * | hold_order       | keeps the order whose goods are exchanged as  | letting it go          |
 * |                  | it is, compares the difference                |                        |
 * | close_cart       | closes the cart, counts its coupon            | opening it again       |
 * | charge           | charges                                       | canceling or refunding |
 * | subscribe        | subscribes to the plans                       | ending them            |
 * | create_order     | writes the order, pending                     | canceling it           |
 * | commit_stock     | sells the reserved goods to the order         | nothing: nothing that  |
 * | confirm_order    | confirms the order, notes it paid, tells it   | follows can be refused |
 *
 * The cart is closed before the charge, since it says there whether its coupon may be used. An exchange has no cart but
 * an order that it holds; its last step takes the goods back.
 */
export const checkoutSteps = [
  'reserve_stock',
  'confirm_shipping',
  'hold_order',
  'close_cart',
  'charge',
  'subscribe',
  'create_order',
  'commit_stock',
  'confirm_order',
] as const

/** A step of a checkout. */
export type CheckoutStep = (typeof checkoutSteps)[number]

const undoable: ReadonlySet<CheckoutStep> = new Set([
  'reserve_stock',
  'hold_order',
  'close_cart',
  'charge',
  'subscribe',
  'create_order',
])

const undoneInDoubt: ReadonlySet<CheckoutStep> = new Set([
  'reserve_stock',
  'confirm_shipping',
  'close_cart',
])

/**
 * Whether a step whose outcome nobody knows is given up: nothing is charged yet, and the shopper can
 * begin anew. Later steps are repeated until the outcome is known.
 */
export function isGivenUpInDoubt(step: CheckoutStep): boolean {
  return undoneInDoubt.has(step)
}

/**
 * Whether a step is done along with the one before it, unwritten: it leaves nothing to undo, and whoever repeats that one
 * repeats it as well.
 */
export function goesAlong(step: CheckoutStep): step is 'confirm_shipping' {
  return step === 'confirm_shipping'
}

/** Whether a step has nothing to do for what is bought. */
function isIdle(step: CheckoutStep, { lines, exchange }: CheckoutFacts): boolean {
  if (step === 'hold_order') return exchange === undefined
  if (step === 'close_cart') return exchange !== undefined
  if (step === 'reserve_stock' || step === 'commit_stock') {
    return lines.every(({ kind }) => kind === 'plan')
  }
  return step === 'subscribe' && lines.every(({ kind }) => kind === 'goods')
}

/** The first step of a checkout. */
export function firstStep(facts: CheckoutFacts): CheckoutStep {
  return checkoutSteps.find((step) => !isIdle(step, facts)) ?? 'confirm_shipping'
}

/** The step after one that was done; undefined after the last. */
export function stepAfter(step: CheckoutStep, facts: CheckoutFacts): CheckoutStep | undefined {
  const rest = checkoutSteps.slice(checkoutSteps.indexOf(step) + 1)
  return rest.find((next) => !isIdle(next, facts))
}

/**
 * What has to be undone before `step`, the next one; undefined when nothing is left. `inclusive`:
 * `step` itself may have been done.
 */
export function stepToUndo(
  step: CheckoutStep,
  facts: CheckoutFacts,
  { inclusive }: { inclusive: boolean },
): CheckoutStep | undefined {
  const done = checkoutSteps.slice(0, checkoutSteps.indexOf(step) + (inclusive ? 1 : 0))
  return done.findLast((each) => undoable.has(each) && !isIdle(each, facts))
}
