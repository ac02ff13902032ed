import { statement, type Tx } from '@purser/postgres'
import type { Checkout, CheckoutFacts, CheckoutFailure, CheckoutState } from '../domain/checkout.ts'
import type { CheckoutStep } from '../domain/checkout-step.ts'
import { CHECKOUT_COLUMNS, type CheckoutRow, fromRowCheckout, toJson } from './checkout-row.ts'

const insertStatement = statement(
  'order.insert_checkout',
  `with made as (
     insert into checkout
       (tenant_id, checkout_id, state, step, step_number, version, cart_id, cart_version,
        request_hash, key_hash, owner_hash, user_id, account_id, order_id, payment_id, request,
        facts, is_leased, due_at, attempt_count, created_at, updated_at)
     values ($1, $2, 'running', $3, 1, 1, $4, $5::bigint, $6::bytea, $7::bytea, $8::bytea, $9, $10,
       $11, $12, $13::jsonb, $14::jsonb, true, $15::timestamptz, 0, $16::timestamptz,
       $16::timestamptz)
     on conflict do nothing
     returning tenant_id, checkout_id, step, created_at
   ), noted as (
     insert into checkout_step
       (tenant_id, checkout_id, number, step, direction, started_at)
     select tenant_id, checkout_id, 1, step, 'do', created_at
     from made
   )
   select checkout_id
   from made`,
)

/**
 * Inserts a checkout with a lease, and the intent of its first step. False when its key is used, when
 * its cart has one alive, or was bought at this version; waits for a transaction that decides so.
 */
export async function insertCheckout(
  tx: Tx,
  tenantId: string,
  checkout: Checkout,
): Promise<boolean> {
  const made = await tx.query(insertStatement, [
    tenantId,
    checkout.checkoutId,
    checkout.step,
    checkout.cartId,
    checkout.cartVersion,
    checkout.requestHash,
    checkout.keyHash,
    checkout.ownerHash,
    checkout.userId,
    checkout.accountId,
    checkout.orderId,
    checkout.paymentId,
    toJson(checkout.request ?? {}),
    toJson(checkout.facts),
    checkout.dueAt,
    checkout.createdAt,
  ])
  return made.length === 1
}

/** How a step ended. */
export type EndedStep = { step: CheckoutStep; outcome: 'done' | 'refused'; detail: string }

/** How steps ended, and what comes next. */
export type Advance = {
  state: CheckoutState
  /** Undefined at the end. */
  next: CheckoutStep | undefined
  /** The step under way, and those that were done with it. */
  ended: readonly [EndedStep, ...EndedStep[]]
  facts: Partial<CheckoutFacts>
  /** Why there is no order; undefined keeps what was known. */
  failure: CheckoutFailure | undefined
  /** End of the lease for the next step; undefined at the end. */
  dueAt: Temporal.Instant | undefined
  at: Temporal.Instant
}

const advanceStatement = statement(
  'order.advance_checkout',
  `with moved as (
     update checkout
     set state = $4,
       step = $5,
       step_number = $13::integer,
       version = version + 1,
       facts = facts || $6::jsonb,
       failure = coalesce($7::jsonb, failure),
       request = case when $4 = 'running' then request else '{}'::jsonb end,
       is_leased = $5::text is not null,
       due_at = $8::timestamptz,
       attempt_count = 0,
       updated_at = $9::timestamptz
     where tenant_id = $1
       and checkout_id = $2
       and version = $3::integer
     returning tenant_id, checkout_id, state, step, step_number
   ), ended as (
     update checkout_step as done
     set ended_at = $9::timestamptz, outcome = $10, detail = $11
     from moved
     where done.tenant_id = $1
       and done.checkout_id = $2
       and done.number = $12::integer
   ), noted as (
     insert into checkout_step
       (tenant_id, checkout_id, number, step, direction, started_at, ended_at, outcome, detail)
     select tenant_id, checkout_id, $12::integer + also.place, also.step, 'do', $9::timestamptz,
       $9::timestamptz, also.outcome, also.detail
     from moved,
       unnest($14::text[], $15::text[], $16::text[]) with ordinality as also(step, outcome, detail, place)
     union all
     select tenant_id, checkout_id, step_number, step,
       case state when 'compensating' then 'undo' else 'do' end, $9::timestamptz, null, null, ''
     from moved
     where step is not null
   )
   select checkout_id
   from moved`,
)

/**
 * Writes how the step under way ended, with those that were done with it, and the intent of the next, of a checkout as it was read.
 * Undefined when somebody else has changed it since. Locks its row.
 */
export async function advanceCheckout(
  tx: Tx,
  tenantId: string,
  checkout: Checkout,
  advance: Advance,
): Promise<Checkout | undefined> {
  const { state, next, ended, facts, failure, dueAt, at } = advance
  const [{ outcome, detail }, ...also] = ended
  const stepNumber = checkout.stepNumber + also.length + (next === undefined ? 0 : 1)
  const moved = await tx.query(advanceStatement, [
    tenantId,
    checkout.checkoutId,
    checkout.version,
    state,
    next,
    toJson(facts),
    failure,
    dueAt,
    at,
    outcome,
    detail,
    checkout.stepNumber,
    stepNumber,
    also.map((one) => one.step),
    also.map((one) => one.outcome),
    also.map((one) => one.detail),
  ])
  if (moved.length === 0) return undefined
  return {
    ...checkout,
    state,
    step: next,
    stepNumber,
    version: checkout.version + 1,
    request: state === 'running' ? checkout.request : undefined,
    facts: { ...checkout.facts, ...facts },
    failure: failure ?? checkout.failure,
    isLeased: next !== undefined,
    dueAt,
    attemptCount: 0,
    updatedAt: at,
  }
}

/** What is noted of a step that goes on later. */
export type Rest = {
  state: 'running' | 'waiting' | 'compensating'
  detail: string
  facts: Partial<CheckoutFacts>
  dueAt: Temporal.Instant
  at: Temporal.Instant
}

const restStatement = statement(
  'order.rest_checkout',
  `with moved as (
     update checkout
     set state = $4,
       version = version + 1,
       facts = facts || $5::jsonb,
       is_leased = false,
       due_at = $6::timestamptz,
       attempt_count = attempt_count + 1,
       updated_at = $7::timestamptz
     where tenant_id = $1
       and checkout_id = $2
       and version = $3::integer
     returning checkout_id, step_number
   ), noted as (
     update checkout_step as open
     set detail = $8
     from moved
     where open.tenant_id = $1
       and open.checkout_id = $2
       and open.number = moved.step_number
   )
   select checkout_id
   from moved`,
)

/** Gives the lease back: the step under way goes on when it is due. Undefined and lock as above. */
export async function restCheckout(
  tx: Tx,
  tenantId: string,
  checkout: Checkout,
  rest: Rest,
): Promise<Checkout | undefined> {
  const { state, detail, facts, dueAt, at } = rest
  const { checkoutId, version } = checkout
  const values = [tenantId, checkoutId, version, state, toJson(facts), dueAt, at, detail]
  const moved = await tx.query(restStatement, values)
  if (moved.length === 0) return undefined
  return {
    ...checkout,
    state,
    version: version + 1,
    facts: { ...checkout.facts, ...facts },
    isLeased: false,
    dueAt,
    attemptCount: checkout.attemptCount + 1,
    updatedAt: at,
  }
}

const claimStatement = statement(
  'order.claim_checkout',
  `update checkout
   set state = case state when 'waiting' then 'running' else state end,
     version = version + 1,
     is_leased = true,
     due_at = $4::timestamptz
   where tenant_id = $1
     and checkout_id = $2
     and due_at is not null
     and (not is_leased or due_at <= $3::timestamptz)
   returning ${CHECKOUT_COLUMNS}`,
)

/**
 * Takes a lease on a checkout that has not ended and that nobody works on; undefined otherwise. Locks
 * its row. Whoever had the lease before can no longer write.
 */
export async function claimCheckout(
  tx: Tx,
  tenantId: string,
  checkoutId: string,
  { now, leaseEnd }: { now: Temporal.Instant; leaseEnd: Temporal.Instant },
): Promise<Checkout | undefined> {
  const values = [tenantId, checkoutId, now, leaseEnd]
  const [row] = await tx.query<CheckoutRow>(claimStatement, values)
  return row && fromRowCheckout(row)
}

const lockStatement = statement(
  'order.lock_checkout',
  `select checkout_id
   from checkout
   where tenant_id = $1
     and checkout_id = $2
     and version = $3::integer
   for no key update`,
)

/** Whether a checkout is as it was read. Locks its row then, until the transaction ends. */
export async function lockCheckout(
  tx: Tx,
  tenantId: string,
  { checkoutId, version }: Checkout,
): Promise<boolean> {
  return (await tx.query(lockStatement, [tenantId, checkoutId, version])).length === 1
}

const findStatement = statement(
  'order.find_checkout',
  `select ${CHECKOUT_COLUMNS}
   from checkout
   where tenant_id = $1
     and checkout_id = $2`,
)

/** The checkout with this id, if there is one. Takes no lock. */
export async function findCheckout(
  tx: Tx,
  tenantId: string,
  checkoutId: string,
): Promise<Checkout | undefined> {
  const [row] = await tx.query<CheckoutRow>(findStatement, [tenantId, checkoutId])
  return row && fromRowCheckout(row)
}

const findByKeyStatement = statement(
  'order.find_checkout_by_key',
  `select ${CHECKOUT_COLUMNS}
   from checkout
   where tenant_id = $1
     and key_hash = $2::bytea`,
)

/** The checkout of a key, if there is one. Takes no lock. */
export async function findCheckoutByKey(
  tx: Tx,
  tenantId: string,
  keyHash: Buffer,
): Promise<Checkout | undefined> {
  const [row] = await tx.query<CheckoutRow>(findByKeyStatement, [tenantId, keyHash])
  return row && fromRowCheckout(row)
}

const findByCartStatement = statement(
  'order.find_checkout_by_cart',
  `select ${CHECKOUT_COLUMNS}
   from checkout
   where tenant_id = $1
     and cart_id = $2
     and owner_hash = $3::bytea
     and state <> 'compensated'
   order by checkout_id desc
   limit 1`,
)

/** The checkout that has a cart of somebody or is about to, if there is one. Takes no lock. */
export async function findCheckoutOfCart(
  tx: Tx,
  tenantId: string,
  { cartId, ownerHash }: { cartId: string; ownerHash: Buffer },
): Promise<Checkout | undefined> {
  const [row] = await tx.query<CheckoutRow>(findByCartStatement, [tenantId, cartId, ownerHash])
  return row && fromRowCheckout(row)
}
