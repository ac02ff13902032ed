import { equal, ok } from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { CheckoutPoint } from '@purser/order'
import { type NodeExit, waitFor } from '@purser/testing'
import { type Books, expectBooksToBalance } from '../books.ts'
import type { CrashPlan } from './crash-plan.ts'
import { guestPurchase, place, type Purchase, shopperPurchase } from './http-shop.ts'
import type { PlatformProcess } from './platform-process.ts'

/** What shoppers do while processes die: orders that are made, or refused and undone. */
export type Flow = {
  name: string
  refusesCommit: boolean
  purchase: (url: string, variantId: string) => Promise<Purchase>
  /** Points that are tried in this flow. */
  tries: (point: CheckoutPoint) => boolean
}

/** Every named point of a checkout is tried in one of them. */
export const flows: readonly Flow[] = [
  {
    name: 'bought',
    refusesCommit: false,
    purchase: guestPurchase,
    tries: (point) => point.startsWith('do:'),
  },
  {
    name: 'sold out after the charge',
    refusesCommit: true,
    purchase: guestPurchase,
    tries: (point) => point.startsWith('undo:'),
  },
  {
    name: 'a plan, sold out after the charge',
    refusesCommit: true,
    purchase: shopperPurchase,
    tries: (point) => point.includes(':subscribe:'),
  },
]

/** How the order service is started, and where its shop answers. */
export type Deployment = {
  name: string
  /** What they buy, of which there is enough. */
  variantId: string
  /** The process that dies; it has an armed order service, or, without a plan, the usual one. */
  start(plan?: CrashPlan): PlatformProcess
  /** Base URL of the API once that process serves. */
  url(started: PlatformProcess): Promise<string>
  books: Books
}

const DEADLINE_MS = 30_000
const PAUSE_MS = 20

/** The points that a flow reaches, in their order. */
export async function pointsOf(flow: Flow, on: Deployment): Promise<CheckoutPoint[]> {
  await using started = on.start({ hit: 1, refusesCommit: flow.refusesCommit })
  const url = await on.url(started)
  await place(url, await flow.purchase(url, on.variantId)).catch((refusal: unknown) => refusal)
  const reached = started.output().matchAll(/^reached (\S+)$/gm)
  const points = [...reached].map(([, point]) => point as CheckoutPoint)
  return [...new Set(points)].filter(flow.tries)
}

/** Lets a process die at a hit of a point, under orders that come until it does. */
export async function crashAt(
  flow: Flow,
  on: Deployment,
  { point, hit }: { point: CheckoutPoint; hit: number },
): Promise<void> {
  const { refusesCommit } = flow
  await using started = on.start({ crashAt: point, hit, refusesCommit })
  let exit: NodeExit | undefined
  void started.exited.then((ended) => {
    exit = ended
  })
  const endMs = performance.now() + DEADLINE_MS
  let last: unknown
  while (exit === undefined && performance.now() < endMs) {
    last = await Promise.race([started.exited, buyOnce(flow, on, started)])
  }
  ok(exit, `${point} was not reached ${hit} times: ${last}`)
  equal(exit.signal, 'SIGKILL', started.output())
}

/** What an order comes to; whoever is refused, or finds nobody there, tries again soon. */
async function buyOnce(flow: Flow, on: Deployment, started: PlatformProcess): Promise<unknown> {
  try {
    const url = await on.url(started)
    return await place(url, await flow.purchase(url, on.variantId))
  } catch (error) {
    await delay(PAUSE_MS)
    return error
  }
}

const underWay = `select count(*) from "order".checkout where due_at is not null`
const made = `select count(*) from "order".sales_order where state = 'paid'`

/** A process as in production goes on with what the others left, until nothing is under way. */
export async function settle(on: Deployment): Promise<string> {
  const left = await on.books.count(underWay)
  await using started = on.start()
  await on.url(started)
  await waitFor(async () => (await on.books.count(underWay)) === 0, { timeoutMs: 60_000 })
  const { code } = await started.kill('SIGTERM')
  equal(code, 0, started.output())
  await expectBooksToBalance(on.books)
  const orders = await on.books.count(made)
  ok(orders > 0, 'no order was made')
  return `${left} checkouts were under way, ${orders} orders are paid`
}
