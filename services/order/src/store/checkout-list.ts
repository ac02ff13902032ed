import { statement, type Tx } from '@purser/postgres'
import type { Checkout, CheckoutState, CheckoutStepRecord } from '../domain/checkout.ts'
import type { CheckoutStep } from '../domain/checkout-step.ts'
import { CHECKOUT_COLUMNS, type CheckoutRow, fromRowCheckout } from './checkout-row.ts'

const listDueStatement = statement(
  'order.list_due_checkouts',
  `select tenant_id, checkout_id
   from checkout
   where due_at <= $1::timestamptz
   order by due_at
   limit $2::bigint`,
)

/** Checkouts of all tenants that somebody has to look after by now. Takes no lock. */
export async function listDue(
  tx: Tx,
  now: Temporal.Instant,
  limit: number,
): Promise<{ tenantId: string; checkoutId: string }[]> {
  const rows = await tx.query<{ tenant_id: string; checkout_id: string }>(listDueStatement, [
    now,
    limit,
  ])
  return rows.map((row) => ({ tenantId: row.tenant_id, checkoutId: row.checkout_id }))
}

const listStatement = statement(
  'order.list_checkouts',
  `select ${CHECKOUT_COLUMNS}
   from checkout
   where tenant_id = $1
     and ($2::text is null or state = $2)
     and ($3::text is null or checkout_id < $3)
   order by checkout_id desc
   limit $4::bigint`,
)

/** Checkouts before an id, newest first: ids sort by time. Takes no lock. */
export async function listCheckouts(
  tx: Tx,
  tenantId: string,
  question: { state: CheckoutState | undefined; beforeId: string | undefined; limit: number },
): Promise<Checkout[]> {
  const { state, beforeId, limit } = question
  const rows = await tx.query<CheckoutRow>(listStatement, [tenantId, state, beforeId, limit])
  return rows.map(fromRowCheckout)
}

const listStepsStatement = statement(
  'order.list_checkout_steps',
  `select number, step, direction, started_at, ended_at, outcome, detail
   from checkout_step
   where tenant_id = $1
     and checkout_id = $2
   order by number`,
)

type StepRow = {
  number: number
  step: CheckoutStep
  direction: 'do' | 'undo'
  started_at: Temporal.Instant
  ended_at: Temporal.Instant | null
  outcome: 'done' | 'refused' | null
  detail: string
}

/** The history of a checkout, in order. Takes no lock. */
export async function listSteps(
  tx: Tx,
  tenantId: string,
  checkoutId: string,
): Promise<CheckoutStepRecord[]> {
  const rows = await tx.query<StepRow>(listStepsStatement, [tenantId, checkoutId])
  return rows.map((row) => ({
    number: row.number,
    step: row.step,
    direction: row.direction,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    outcome: row.outcome ?? undefined,
    detail: row.detail,
  }))
}
