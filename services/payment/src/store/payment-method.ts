import { statement, type Tx } from '@purser/postgres'
import { MAX_PAYMENT_METHODS, type PaymentMethod } from '../domain/payment-method.ts'

const METHOD_COLUMNS = `
  payment_method_id, account_id, provider, provider_token, card_brand, card_last4,
  card_expiry_month, card_expiry_year, is_default, created_at`

type MethodRow = {
  payment_method_id: string
  account_id: string
  provider: string
  provider_token: string
  card_brand: string
  card_last4: string
  card_expiry_month: number
  card_expiry_year: number
  is_default: boolean
  created_at: Temporal.Instant
}

const lockAccountStatement = statement(
  'payment.lock_account_methods',
  `select pg_advisory_xact_lock(hashtextextended('payment method ' || $1 || ' ' || $2, 0))`,
)

/** Keeps others from changing the cards of an account until the transaction ends. */
export async function lockAccountMethods(
  tx: Tx,
  tenantId: string,
  accountId: string,
): Promise<void> {
  await tx.execute(lockAccountStatement, [tenantId, accountId])
}

const insertMethodStatement = statement(
  'payment.insert_payment_method',
  `insert into payment_method
     (tenant_id, payment_method_id, account_id, provider, provider_token, card_brand, card_last4,
      card_expiry_month, card_expiry_year, is_default, created_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8::smallint, $9::smallint, $10::boolean, $11::timestamptz)`,
)

/** Inserts a card. The caller holds the account's lock. */
export async function insertPaymentMethod(
  tx: Tx,
  tenantId: string,
  method: PaymentMethod,
): Promise<void> {
  await tx.execute(insertMethodStatement, [
    tenantId,
    method.paymentMethodId,
    method.accountId,
    method.provider,
    method.providerToken,
    method.card.brand,
    method.card.last4,
    method.card.expiryMonth,
    method.card.expiryYear,
    method.isDefault,
    method.createdAt,
  ])
}

const listMethodsStatement = statement(
  'payment.list_payment_methods',
  `select ${METHOD_COLUMNS}
   from payment_method
   where tenant_id = $1
     and account_id = $2
   order by is_default desc, payment_method_id desc
   limit ${MAX_PAYMENT_METHODS}`,
)

/** The cards of an account, the default first, then the newest. Takes no lock. */
export async function listPaymentMethods(
  tx: Tx,
  tenantId: string,
  accountId: string,
): Promise<PaymentMethod[]> {
  const rows = await tx.query<MethodRow>(listMethodsStatement, [tenantId, accountId])
  return rows.map(fromRowMethod)
}

const findMethodStatement = statement(
  'payment.find_payment_method',
  `select ${METHOD_COLUMNS}
   from payment_method
   where tenant_id = $1
     and account_id = $2
     and payment_method_id = $3`,
)

/** A card of an account, if it has it. Takes no lock. */
export async function findPaymentMethod(
  tx: Tx,
  tenantId: string,
  accountId: string,
  paymentMethodId: string,
): Promise<PaymentMethod | undefined> {
  const values = [tenantId, accountId, paymentMethodId]
  const [row] = await tx.query<MethodRow>(findMethodStatement, values)
  return row && fromRowMethod(row)
}

const clearDefaultStatement = statement(
  'payment.clear_default_payment_method',
  `update payment_method
   set is_default = false
   where tenant_id = $1
     and account_id = $2
     and is_default`,
)

/** Leaves an account without a default card. The caller holds the account's lock. */
export async function clearDefault(tx: Tx, tenantId: string, accountId: string): Promise<void> {
  await tx.execute(clearDefaultStatement, [tenantId, accountId])
}

const makeDefaultStatement = statement(
  'payment.make_default_payment_method',
  `update payment_method
   set is_default = true
   where tenant_id = $1
     and payment_method_id = $2`,
)

/** Makes a card the default of an account that has none. The caller holds the account's lock. */
export async function makeDefault(
  tx: Tx,
  tenantId: string,
  paymentMethodId: string,
): Promise<void> {
  await tx.execute(makeDefaultStatement, [tenantId, paymentMethodId])
}

const deleteMethodStatement = statement(
  'payment.delete_payment_method',
  `delete from payment_method
   where tenant_id = $1
     and account_id = $2
     and payment_method_id = $3`,
)

/** Forgets a card of an account; false when it has none such. Locks its row. */
export async function deletePaymentMethod(
  tx: Tx,
  tenantId: string,
  accountId: string,
  paymentMethodId: string,
): Promise<boolean> {
  return (await tx.execute(deleteMethodStatement, [tenantId, accountId, paymentMethodId])) === 1
}

function fromRowMethod(row: MethodRow): PaymentMethod {
  return {
    paymentMethodId: row.payment_method_id,
    accountId: row.account_id,
    provider: row.provider,
    providerToken: row.provider_token,
    card: {
      brand: row.card_brand,
      last4: row.card_last4,
      expiryMonth: row.card_expiry_month,
      expiryYear: row.card_expiry_year,
    },
    isDefault: row.is_default,
    createdAt: row.created_at,
  }
}
