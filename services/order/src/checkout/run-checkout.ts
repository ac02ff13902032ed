import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { OrderContext } from '../context.ts'
import type { Checkout, CheckoutFacts } from '../domain/checkout.ts'
import { leaseEnd, nextTry, reservationEnd } from '../domain/checkout-clock.ts'
import { type CheckoutStep, goesAlong, stepAfter, stepToUndo } from '../domain/checkout-step.ts'
import {
  type Advance,
  advanceCheckout,
  type EndedStep,
  findCheckout,
  lockCheckout,
  restCheckout,
} from '../store/checkout.ts'
import { doStep, isOwn, type OwnStep, type RemoteStep, undoStep } from './do-step.ts'
import { holdForExchange } from './exchange.ts'
import { doOwnStep, undoOwnStep } from './own-step.ts'
import type { StepResult } from './step-result.ts'

/**
 * Goes on with a checkout whose lease is the caller's, step by step, until it has ended or nobody can
 * go on with it now. One statement writes how steps ended together with the intent of the next one that has something to
 * undo, before that is done; steps of this service's own are done in the transaction that writes how those before them
 * ended. Whoever finds that somebody else has taken the checkout over stops, and answers it as it is now.
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
    const move = await go(ctx, tenant, checkout, step)
    if (move === undefined) return await readCheckout(ctx, tenant, checkout.checkoutId)
    checkout = move.checkout
    await ctx.reach(`${direction}:${move.last}:written`)
  }
  return checkout
}

/** A checkout as it was written, and the last step of those that were. */
type Move = { checkout: Checkout; last: CheckoutStep }

/** A checkout as it stands. */
export async function readCheckout(
  ctx: OrderContext,
  tenant: string,
  checkoutId: string,
): Promise<Checkout> {
  const read = (tx: Tx) => findCheckout(tx, tenant, checkoutId)
  const found = await ctx.db.tx(tenant, read, { readOnly: true, isSingle: true })
  assert(found, 'checkouts are never removed')
  return found
}

async function goForward(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  step: CheckoutStep,
): Promise<Move | undefined> {
  if (step === 'hold_order') {
    // May be refused, unlike the other steps here: so the checkout is locked first, and told of it last.
    return await ctx.db.tx(tenant, async (tx) => {
      if (!(await lockCheckout(tx, tenant, checkout))) return undefined
      const result = await holdForExchange(tx, tenant, checkout)
      return await write(ctx, tx, checkout, { done: [], step, result, tenant })
    })
  }
  if (isOwn(step)) {
    const nothing = { done: [], news: {}, next: step, tenant }
    return await ctx.db.tx(tenant, (tx) => goAhead(ctx, tx, checkout, nothing))
  }
  const acted = await act(ctx, tenant, checkout, step)
  const isSingle = !isFollowedByOwn(checkout, acted)
  return await ctx.db.tx(tenant, (tx) => write(ctx, tx, checkout, { ...acted, tenant }), {
    isSingle,
  })
}

/** The last step that was tried with its result, what is known by then included, after steps that were done. */
type Acted = { done: EndedStep[]; step: CheckoutStep; result: StepResult }

/** Does the step under way, and then those that go along with it. */
async function act(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  first: RemoteStep,
): Promise<Acted> {
  const done: EndedStep[] = []
  let news: Partial<CheckoutFacts> = {}
  for (let step = first; ; ) {
    const facts = { ...checkout.facts, ...news }
    const result = await doStep(ctx, tenant, { ...checkout, facts }, step)
    await ctx.reach(`do:${step}:done`)
    news = { ...news, ...result.facts }
    const next = stepAfter(step, { ...facts, ...news })
    if (result.kind !== 'done' || next === undefined || !goesAlong(next)) {
      return { done, step, result: { ...result, facts: news } }
    }
    done.push(doneStep(step, result.detail))
    step = next
  }
}

function isFollowedByOwn({ facts }: Checkout, { step, result }: Acted): boolean {
  const next = stepAfter(step, { ...facts, ...result.facts })
  return result.kind === 'done' && next !== undefined && isOwn(next)
}

async function write(
  ctx: OrderContext,
  tx: Tx,
  checkout: Checkout,
  { done, step, result, tenant }: Acted & { tenant: string },
): Promise<Move | undefined> {
  switch (result.kind) {
    case 'done': {
      const { facts: news = {}, detail } = result
      const next = stepAfter(step, { ...checkout.facts, ...news })
      return await goAhead(ctx, tx, checkout, {
        done: [...done, doneStep(step, detail)],
        news,
        next,
        tenant,
      })
    }
    case 'refused': {
      const advance = turnBack(ctx, checkout, { done, step, result })
      return asMove(await advanceCheckout(tx, tenant, checkout, advance), step)
    }
    case 'waiting': {
      const at = nowOf(ctx)
      const dueAt = earlier(nextTry(at, checkout.attemptCount), laterOf(at, checkout))
      const rest = { ...result, state: 'waiting' as const, dueAt, at }
      return asMove(await restCheckout(tx, tenant, checkout, rest), step)
    }
    case 'later': {
      const rest = pause(ctx, checkout, result, 'running')
      return asMove(await restCheckout(tx, tenant, checkout, rest), step)
    }
  }
}

/** Steps that were done, what is known by them, and the step after them. */
type Ahead = {
  done: EndedStep[]
  news: Partial<CheckoutFacts>
  next: CheckoutStep | undefined
  tenant: string
}

/** Writes what was done, does what follows of this service's own, and writes the intent of what comes after it. */
async function goAhead(
  ctx: OrderContext,
  tx: Tx,
  checkout: Checkout,
  { done, news, next: first, tenant }: Ahead,
): Promise<Move | undefined> {
  const facts = { ...checkout.facts, ...news }
  const own: Exclude<OwnStep, 'hold_order'>[] = []
  let next = first
  while (next !== undefined && isOwn(next) && next !== 'hold_order') {
    own.push(next)
    next = stepAfter(next, facts)
  }
  const [head, ...others] = [...done, ...own.map((step) => doneStep(step))]
  assert(head, 'something was done, or is to be done here')
  const moved = await advanceCheckout(tx, tenant, checkout, {
    ...goingOn(ctx, checkout, next),
    state: next === undefined ? 'done' : 'running',
    ended: [head, ...others],
    facts: news,
    failure: undefined,
  })
  if (moved === undefined) return undefined
  const known = { ...checkout, facts }
  for (const step of own) {
    await doOwnStep(ctx, tx, known, { step, isLast: step === own.at(-1) })
  }
  return { checkout: moved, last: (others.at(-1) ?? head).step }
}

async function goBack(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  step: CheckoutStep,
): Promise<Move | undefined> {
  if (isOwn(step)) {
    return await ctx.db.tx(tenant, async (tx) => {
      const advance = furtherBack(ctx, checkout, step, {})
      const moved = await advanceCheckout(tx, tenant, checkout, advance)
      if (moved !== undefined) await undoOwnStep(ctx, tx, checkout, step)
      return asMove(moved, step)
    })
  }
  const result = await undoStep(ctx, tenant, checkout, step)
  await ctx.reach(`undo:${step}:done`)
  const write = async (tx: Tx) =>
    result.kind === 'done'
      ? await advanceCheckout(tx, tenant, checkout, furtherBack(ctx, checkout, step, result))
      : await restCheckout(tx, tenant, checkout, pause(ctx, checkout, result, 'compensating'))
  return asMove(await ctx.db.tx(tenant, write, { isSingle: true }), step)
}

function asMove(checkout: Checkout | undefined, last: CheckoutStep): Move | undefined {
  return checkout && { checkout, last }
}

function doneStep(step: CheckoutStep, detail = ''): EndedStep {
  return { step, outcome: 'done', detail }
}

type Done = Pick<Extract<StepResult, { kind: 'done' }>, 'facts' | 'detail'>

function turnBack(
  ctx: OrderContext,
  checkout: Checkout,
  {
    done,
    step,
    result,
  }: Omit<Acted, 'result'> & { result: Extract<StepResult, { kind: 'refused' }> },
): Advance {
  const { failure, inDoubt, facts = {} } = result
  const refusal: EndedStep = { step, outcome: 'refused', detail: failure.code }
  const [head = refusal, ...others] = [...done, refusal]
  return {
    ...backTo(ctx, checkout, stepToUndo(step, checkout.facts, { inclusive: inDoubt })),
    ended: [head, ...others],
    facts,
    failure,
  }
}

function furtherBack(
  ctx: OrderContext,
  checkout: Checkout,
  step: CheckoutStep,
  { facts = {}, detail }: Done,
): Advance {
  return {
    ...backTo(ctx, checkout, stepToUndo(step, checkout.facts, { inclusive: false })),
    ended: [doneStep(step, detail)],
    facts,
    failure: undefined,
  }
}

function backTo(ctx: OrderContext, checkout: Checkout, next: CheckoutStep | undefined) {
  const state = next === undefined ? ('compensated' as const) : ('compensating' as const)
  return { ...goingOn(ctx, checkout, next), state }
}

function goingOn(ctx: OrderContext, checkout: Checkout, next: CheckoutStep | undefined) {
  const at = nowOf(ctx)
  return { next, at, dueAt: next && leaseEnd(checkout, at, ctx.leaseMs) }
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
