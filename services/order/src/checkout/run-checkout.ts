import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import { nextTry, reservationEnd } from '../domain/checkout-clock.ts'
import { type CheckoutStep, stepAfter, stepToUndo } from '../domain/checkout-step.ts'
import {
  type Advance,
  advanceCheckout,
  findCheckout,
  lockCheckout,
  restCheckout,
} from '../store/checkout.ts'
import { doStep, isOwn, undoStep } from './do-step.ts'
import { holdForExchange } from './exchange.ts'
import { doOwnStep, undoOwnStep } from './own-step.ts'
import type { StepResult } from './step-result.ts'

/**
 * Goes on with a checkout whose lease is the caller's, step by step, until it has ended or nobody can
 * go on with it now. Each step's intent is in the database before it is done; one statement writes
 * how it ended together with the intent of the next. Whoever finds that somebody else has taken the
 * checkout over stops, and answers it as it is now.
 */
export async function runCheckout(
  ctx: OrderContext,
  tenant: string,
  leased: Checkout,
): Promise<Checkout> {
  let checkout = leased
  while (checkout.isLeased && checkout.step !== undefined) {
    const direction = checkout.state === 'compensating' ? 'undo' : 'do'
    const { step } = checkout
    await ctx.reach(`${direction}:${step}:intended`)
    const go = direction === 'do' ? goForward : goBack
    const moved = await go(ctx, tenant, checkout, step)
    if (moved === undefined) return await readCheckout(ctx, tenant, checkout.checkoutId)
    checkout = moved
    await ctx.reach(`${direction}:${step}:written`)
  }
  return checkout
}

/** A checkout as it stands. */
export async function readCheckout(
  ctx: OrderContext,
  tenant: string,
  checkoutId: string,
): Promise<Checkout> {
  const read = (tx: Tx) => findCheckout(tx, tenant, checkoutId)
  const found = await ctx.db.tx(tenant, read, { readOnly: true })
  assert(found, 'checkouts are never removed')
  return found
}

async function goForward(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  step: CheckoutStep,
): Promise<Checkout | undefined> {
  if (step === 'hold_order') {
    // May be refused, unlike the other steps here: so the checkout is locked first, and told of it last.
    return await ctx.db.tx(tenant, async (tx) => {
      if (!(await lockCheckout(tx, tenant, checkout))) return undefined
      const result = await holdForExchange(tx, tenant, checkout)
      return await write(ctx, tx, checkout, { step, result, tenant })
    })
  }
  if (isOwn(step)) {
    return await ctx.db.tx(tenant, async (tx) => {
      const moved = await advanceCheckout(tx, tenant, checkout, ahead(ctx, checkout, step, {}))
      if (moved !== undefined) await doOwnStep(ctx, tx, checkout, step)
      return moved
    })
  }
  const result = await doStep(ctx, tenant, checkout, step)
  await ctx.reach(`do:${step}:done`)
  return await ctx.db.tx(tenant, (tx) => write(ctx, tx, checkout, { step, result, tenant }))
}

async function write(
  ctx: OrderContext,
  tx: Tx,
  checkout: Checkout,
  { step, result, tenant }: { step: CheckoutStep; result: StepResult; tenant: string },
): Promise<Checkout | undefined> {
  switch (result.kind) {
    case 'done':
      return await advanceCheckout(tx, tenant, checkout, ahead(ctx, checkout, step, result))
    case 'refused':
      return await advanceCheckout(tx, tenant, checkout, turnBack(ctx, checkout, step, result))
    case 'waiting': {
      const at = nowOf(ctx)
      const dueAt = earlier(nextTry(at, checkout.attemptCount), laterOf(at, checkout))
      const rest = { ...result, state: 'waiting' as const, dueAt, at }
      return await restCheckout(tx, tenant, checkout, rest)
    }
    case 'later':
      return await restCheckout(tx, tenant, checkout, pause(ctx, checkout, result, 'running'))
  }
}

async function goBack(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  step: CheckoutStep,
): Promise<Checkout | undefined> {
  if (isOwn(step)) {
    return await ctx.db.tx(tenant, async (tx) => {
      const moved = await advanceCheckout(
        tx,
        tenant,
        checkout,
        furtherBack(ctx, checkout, step, {}),
      )
      if (moved !== undefined) await undoOwnStep(ctx, tx, checkout, step)
      return moved
    })
  }
  const result = await undoStep(ctx, tenant, checkout, step)
  await ctx.reach(`undo:${step}:done`)
  return await ctx.db.tx(tenant, async (tx) => {
    if (result.kind === 'done') {
      const advance = furtherBack(ctx, checkout, step, result)
      return await advanceCheckout(tx, tenant, checkout, advance)
    }
    return await restCheckout(tx, tenant, checkout, pause(ctx, checkout, result, 'compensating'))
  })
}

type Done = { facts?: Advance['facts']; detail?: string }

function ahead(
  ctx: OrderContext,
  checkout: Checkout,
  step: CheckoutStep,
  { facts = {}, detail = '' }: Done,
): Advance {
  const next = stepAfter(step, { ...checkout.facts, ...facts })
  const state = next === undefined ? 'done' : 'running'
  return { ...ended(ctx, next), state, outcome: 'done', detail, facts, failure: undefined }
}

function turnBack(
  ctx: OrderContext,
  checkout: Checkout,
  step: CheckoutStep,
  { failure, inDoubt, facts = {} }: Extract<StepResult, { kind: 'refused' }>,
): Advance {
  const next = stepToUndo(step, checkout.facts, { inclusive: inDoubt })
  const state = next === undefined ? 'compensated' : 'compensating'
  return { ...ended(ctx, next), state, outcome: 'refused', detail: failure.code, facts, failure }
}

function furtherBack(
  ctx: OrderContext,
  checkout: Checkout,
  step: CheckoutStep,
  { facts = {}, detail = '' }: Done,
): Advance {
  const next = stepToUndo(step, checkout.facts, { inclusive: false })
  const state = next === undefined ? 'compensated' : 'compensating'
  return { ...ended(ctx, next), state, outcome: 'done', detail, facts, failure: undefined }
}

function ended(ctx: OrderContext, next: CheckoutStep | undefined) {
  const at = nowOf(ctx)
  const dueAt = next === undefined ? undefined : at.add({ milliseconds: ctx.leaseMs })
  return { next, at, dueAt }
}

function pause<State extends 'running' | 'compensating'>(
  ctx: OrderContext,
  { attemptCount }: Checkout,
  { detail, facts = {} }: Extract<StepResult, { kind: 'later' }>,
  state: State,
) {
  const at = nowOf(ctx)
  return { state, detail, facts, at, dueAt: nextTry(at, attemptCount) }
}

/** When the wait for a shopper is over; at once when it already is. */
function laterOf(now: Temporal.Instant, checkout: Checkout): Temporal.Instant {
  const end = reservationEnd(checkout)
  return Temporal.Instant.compare(end, now) < 0 ? now : end
}

function earlier(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) <= 0 ? a : b
}

function nowOf(ctx: OrderContext): Temporal.Instant {
  return ctx.clock.now().round('microsecond')
}
