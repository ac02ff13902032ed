import { expect, test } from 'vitest'
import type { CartLine, CheckoutFacts } from './checkout.ts'
import {
  type CheckoutStep,
  checkoutSteps,
  firstStep,
  goesAlong,
  stepAfter,
  stepToUndo,
} from './checkout-step.ts'

const goods: CartLine = { kind: 'goods', itemId: 'var_1', quantity: 1 }
const plan: CartLine = {
  kind: 'plan',
  itemId: 'care',
  quantity: 1,
  version: 1,
  title: 'Care',
  unitMinor: 900n,
}

const factsOf = (...lines: CartLine[]): CheckoutFacts => {
  return { currency: 'EUR', lines, discountMinor: 0n, couponCode: '' }
}

function pathOf(facts: CheckoutFacts): CheckoutStep[] {
  const path: CheckoutStep[] = []
  let next: CheckoutStep | undefined = firstStep(facts)
  for (; next !== undefined; next = stepAfter(next, facts)) path.push(next)
  return path
}

function wayBack(from: CheckoutStep, facts: CheckoutFacts, inclusive: boolean): CheckoutStep[] {
  const path: CheckoutStep[] = []
  let next = stepToUndo(from, facts, { inclusive })
  for (; next !== undefined; next = stepToUndo(next, facts, { inclusive: false })) path.push(next)
  return path
}

test('goods and plans take every step, each alone leaves out what is the other’s', () => {
  const ofCarts = checkoutSteps.filter((step) => step !== 'hold_order')
  expect(pathOf(factsOf(goods, plan))).toEqual(ofCarts)
  expect(pathOf(factsOf(goods))).not.toContain('subscribe')
  expect(pathOf(factsOf(plan))).toEqual([
    'confirm_shipping',
    'close_cart',
    'charge',
    'subscribe',
    'create_order',
    'confirm_order',
  ])
})

test('an exchange holds an order in place of a cart', () => {
  const facts = { ...factsOf(goods), exchange: { orderId: 'ord_1', back: [], reason: '' } }
  expect(pathOf(facts)).toEqual([
    'reserve_stock',
    'confirm_shipping',
    'hold_order',
    'charge',
    'create_order',
    'commit_stock',
    'confirm_order',
  ])
  expect(wayBack('commit_stock', facts, false)).toEqual([
    'create_order',
    'charge',
    'hold_order',
    'reserve_stock',
  ])
})

test('a step that goes along unwritten leaves nothing to undo', () => {
  const unwritten = checkoutSteps.filter(goesAlong)
  expect(unwritten).toEqual(['confirm_shipping'])
  for (const step of unwritten) {
    const facts = factsOf(goods, plan)
    expect(wayBack(step, facts, true)).toEqual(wayBack(step, facts, false))
  }
})

test('what was done is undone in reverse', () => {
  const facts = factsOf(goods, plan)
  expect(wayBack('commit_stock', facts, false)).toEqual([
    'create_order',
    'subscribe',
    'charge',
    'close_cart',
    'reserve_stock',
  ])
  expect(wayBack('reserve_stock', facts, false)).toEqual([])
  expect(wayBack('reserve_stock', facts, true)).toEqual(['reserve_stock'])
  expect(wayBack('charge', factsOf(plan), true)).toEqual(['charge', 'close_cart'])
})
