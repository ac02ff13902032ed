import { type Statement, statement, type Tx } from '@purser/postgres'
import type { Order, OrderTransition } from '../domain/order.ts'
import type { OrderState } from '../domain/order-state.ts'
import { fromRowOrder, LINES_COLUMN, ORDER_COLUMNS, type OrderRow } from './order-row.ts'

/** Which orders a list holds; undefined does not narrow. */
export type OrderFilter = {
  userId: string | undefined
  accountId: string | undefined
  state: OrderState | undefined
  /** Whether only those are meant that are not over and have a parcel that failed. */
  hasFailedParcel: boolean
  /** Whether only those are meant with a refund that failed, and that later ones do not come to. */
  hasFailedRefund: boolean
}

// One statement for each first filter, so that each is read from the index that has its order.
const byUser = listStatement('by_user', 'user_id = $4')
const byAccount = listStatement('by_account', '$4::text is null and account_id = $5')
const byState = listStatement('by_state', '$4::text is null and $5::text is null and state = $6')
const all = listStatement('all', '$4::text is null and $5::text is null and $6::text is null')
// Few have one: read from those, whatever else is asked.
const withFailedParcel = listStatement(
  'with_failed_parcel',
  `state not in ('completed', 'canceled', 'refunded', 'returned')
       and ($4::text is null or user_id = $4)
       and order_id in (select order_id from order_failed_parcel where tenant_id = $1)`,
)

const withFailedRefund = listStatement(
  'with_failed_refund',
  `($4::text is null or user_id = $4)
       and order_id in (
         select failed.order_id
         from order_refund as failed
         where failed.tenant_id = $1
           and failed.state = 'failed'
           and failed.amount_minor > (
             select coalesce(sum(later.amount_minor), 0)
             from order_refund as later
             where later.tenant_id = $1
               and later.order_id = failed.order_id
               and later.state <> 'failed'
               and later.refund_id > failed.refund_id
           )
       )`,
)

function listStatement(name: string, condition: string): Statement {
  return statement(
    `order.list_orders_${name}`,
    `select ${ORDER_COLUMNS}, ${LINES_COLUMN}
     from sales_order
     where tenant_id = $1
       and ${condition}
       and ($5::text is null or account_id = $5)
       and ($6::text is null or state = $6)
       and ($2::text is null or order_id < $2)
     order by order_id desc
     limit $3::bigint`,
  )
}

function statementOf(filter: OrderFilter): Statement {
  const { userId, accountId, state, hasFailedParcel, hasFailedRefund } = filter
  if (hasFailedRefund) return withFailedRefund
  if (hasFailedParcel) return withFailedParcel
  if (userId !== undefined) return byUser
  if (accountId !== undefined) return byAccount
  return state === undefined ? all : byState
}

/** Orders before an id, newest first: ids sort by time. Takes no lock. */
export async function listOrders(
  tx: Tx,
  tenantId: string,
  question: { filter: OrderFilter; beforeId: string | undefined; limit: number },
): Promise<Order[]> {
  const { filter, beforeId, limit } = question
  const { userId, accountId, state } = filter
  const values = [tenantId, beforeId, limit, userId, accountId, state]
  const rows = await tx.query<OrderRow>(statementOf(filter), values)
  return rows.map(fromRowOrder)
}

const findByNumberStatement = statement(
  'order.find_order_by_number',
  `select ${ORDER_COLUMNS}, ${LINES_COLUMN}
   from sales_order
   where tenant_id = $1
     and number = $2::bigint
     and lower(email) = lower($3)`,
)

/** The order with this number and e-mail address, if there is one. Takes no lock. */
export async function findOrderByNumber(
  tx: Tx,
  tenantId: string,
  { number, email }: { number: bigint; email: string },
): Promise<Order | undefined> {
  const [row] = await tx.query<OrderRow>(findByNumberStatement, [tenantId, number, email])
  return row && fromRowOrder(row)
}

const listTransitionsStatement = statement(
  'order.list_transitions',
  `select number, from_state, to_state, cause, created_at
   from order_transition
   where tenant_id = $1
     and order_id = $2
   order by number`,
)

/** The history of an order, in order. Takes no lock. */
export async function listTransitions(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<OrderTransition[]> {
  const rows = await tx.query<{
    number: number
    from_state: OrderState | null
    to_state: OrderState
    cause: string
    created_at: Temporal.Instant
  }>(listTransitionsStatement, [tenantId, orderId])
  return rows.map((row) => ({
    number: row.number,
    from: row.from_state ?? undefined,
    to: row.to_state,
    cause: row.cause,
    at: row.created_at,
  }))
}
