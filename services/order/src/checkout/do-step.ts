import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import type { CheckoutStep } from '../domain/checkout-step.ts'
import { charge } from './charge.ts'
import { closeCart, reopenCart } from './close-cart.ts'
import { confirmShipping } from './confirm-shipping.ts'
import { commitStock, releaseStock, reserveStock } from './reserve-stock.ts'
import { resultOfError } from './refusal.ts'
import type { StepResult, UndoResult } from './step-result.ts'
import { subscribe, unsubscribe } from './subscribe.ts'
import { undoCharge } from './undo-charge.ts'

/** Steps whose effect is in this service's own database, stored together with how they ended. */
export type OwnStep = 'hold_order' | 'create_order' | 'confirm_order'

/** Steps that another service does. */
export type RemoteStep = Exclude<CheckoutStep, OwnStep>

type Act<Result> = (ctx: OrderContext, tenant: string, checkout: Checkout) => Promise<Result>

const acts: Record<RemoteStep, Act<StepResult>> = {
  reserve_stock: reserveStock,
  confirm_shipping: confirmShipping,
  close_cart: closeCart,
  charge,
  subscribe,
  commit_stock: commitStock,
}

const undoings: Partial<Record<RemoteStep, Act<UndoResult>>> = {
  reserve_stock: releaseStock,
  close_cart: reopenCart,
  charge: undoCharge,
  subscribe: unsubscribe,
}

/** Whether a step's effect is in this service's own database. */
export function isOwn(step: CheckoutStep): step is OwnStep {
  return step === 'hold_order' || step === 'create_order' || step === 'confirm_order'
}

/** Does a step; whatever goes wrong is a result. */
export async function doStep(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  step: RemoteStep,
): Promise<StepResult> {
  try {
    return await acts[step](ctx, tenant, checkout)
  } catch (error) {
    const result = resultOfError(step, error)
    const { checkoutId } = checkout
    if (result.kind === 'later') {
      ctx.log.warn({ err: error, tenant, checkoutId, step }, 'a checkout waits for an answer')
    }
    return result
  }
}

/** Undoes a step; what goes wrong is tried again. */
export async function undoStep(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  step: RemoteStep,
): Promise<UndoResult> {
  try {
    return (await undoings[step]?.(ctx, tenant, checkout)) ?? { kind: 'done' }
  } catch (error) {
    const { checkoutId } = checkout
    ctx.log.error({ err: error, tenant, checkoutId, step }, 'a checkout could not be undone yet')
    return { kind: 'later', detail: error instanceof Error ? error.message : String(error) }
  }
}
