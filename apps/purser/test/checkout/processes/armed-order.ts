import {
  type CheckoutPoint,
  createOrderService as createUnarmed,
  type OrderDeps,
} from '@purser/order'
import type { Service } from '@purser/rpc'
import { withoutCommit } from '../without-commit.ts'
import { CRASH_PLAN, type CrashPlan } from './crash-plan.ts'

export { orderManifest } from '@purser/order'

/** Short, so that checkouts of processes that died are taken over soon. */
const LEASE_MS = 1_500
const SWEEP_PAUSE_MS = 200

const plan = JSON.parse(process.env[CRASH_PLAN] ?? '') as CrashPlan
let hits = 0

async function reach(point: CheckoutPoint): Promise<void> {
  if (plan.crashAt === undefined) process.stdout.write(`reached ${point}\n`)
  if (point !== plan.crashAt) return
  hits += 1
  if (hits === plan.hit) process.kill(process.pid, 'SIGKILL')
}

/** The order service, which dies as its plan says. */
export function createOrderService(deps: OrderDeps): Service {
  const clients = plan.refusesCommit ? withoutCommit(deps.clients) : deps.clients
  const times = { leaseMs: LEASE_MS, sweepPauseMs: SWEEP_PAUSE_MS }
  return createUnarmed({ ...deps, ...times, clients, reach })
}
