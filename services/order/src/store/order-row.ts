import type { Address, Order, OrderLine, Share } from '../domain/order.ts'
import type { OrderState } from '../domain/order-state.ts'
import { type Tax, taxTotal } from '../domain/tax.ts'

/** Columns of an order and its lines as JSON, in the order of its row. */
export const ORDER_COLUMNS = `
  order_id, number, checkout_id, user_id, account_id, email, recipient, phone, shipping_address,
  billing_address, note, state, version, currency, items_minor, discount_minor, shipping_minor,
  total_minor, paid_minor, refunded_minor, refunding_minor, exchanged_minor, payment_id, exchange_of,
  credits, credit_minor, held_by, shipping_method_key,
  shipping_title, created_at, updated_at, tax_minor, tax_included, shipping_taxes`

/** The lines of an order as JSON, beside `ORDER_COLUMNS` of `sales_order`. */
export const LINES_COLUMN = `
  (select json_agg(json_build_object(
      'lineNumber', line_number, 'kind', kind, 'itemId', item_id, 'productId', product_id,
      'sku', sku, 'title', title, 'variantTitle', variant_title, 'slug', slug,
      'imageUrl', image_url, 'quantity', quantity, 'unitMinor', unit_minor::text,
      'paidMinor', paid_minor::text, 'weightGrams', weight_grams,
      'requiresShipping', requires_shipping, 'taxCategory', tax_category,
      'shippedQuantity', shipped_quantity, 'deliveredQuantity', delivered_quantity,
      'returnedQuantity', returned_quantity, 'subscriptionId', subscription_id, 'taxes', taxes
    ) order by line_number)
   from order_line as line
   where line.tenant_id = sales_order.tenant_id
     and line.order_id = sales_order.order_id) as lines`

type LineJson = Omit<OrderLine, 'unitMinor' | 'paidMinor' | 'taxes' | 'chargedMinor'> & {
  unitMinor: string
  paidMinor: string
  taxes: TaxJson[]
}

/** A tax as it is stored: a number of JSON would lose digits. */
type TaxJson = Omit<Tax, 'taxableMinor' | 'taxMinor'> & { taxableMinor: string; taxMinor: string }

function fromTaxJson({ name, percent, taxableMinor, taxMinor }: TaxJson): Tax {
  return { name, percent, taxableMinor: BigInt(taxableMinor), taxMinor: BigInt(taxMinor) }
}

function fromLineJson(line: LineJson, taxIncluded: boolean): OrderLine {
  const taxes = line.taxes.map(fromTaxJson)
  const paidMinor = BigInt(line.paidMinor)
  return {
    ...line,
    unitMinor: BigInt(line.unitMinor),
    paidMinor,
    taxes,
    chargedMinor: paidMinor + (taxIncluded ? 0n : taxTotal(taxes)),
  }
}

/** A share as it is stored: a number of JSON would lose digits. */
export type ShareJson = { paymentId: string; amountMinor: string }

/** The share of a stored one. */
export function fromShareJson({ paymentId, amountMinor }: ShareJson): Share {
  return { paymentId, amountMinor: BigInt(amountMinor) }
}

/** A row of `ORDER_COLUMNS` and `LINES_COLUMN`. */
export type OrderRow = {
  order_id: string
  number: bigint
  checkout_id: string
  user_id: string
  account_id: string
  email: string
  recipient: string
  phone: string
  shipping_address: Address
  billing_address: Address
  note: string
  state: OrderState
  version: number
  currency: string
  items_minor: bigint
  discount_minor: bigint
  shipping_minor: bigint
  total_minor: bigint
  paid_minor: bigint
  refunded_minor: bigint
  refunding_minor: bigint
  exchanged_minor: bigint
  payment_id: string
  exchange_of: string
  credits: ShareJson[]
  credit_minor: bigint
  held_by: string
  shipping_method_key: string
  shipping_title: string
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  tax_minor: bigint
  tax_included: boolean
  shipping_taxes: TaxJson[]
  lines: LineJson[] | null
}

/** The order of a row. */
export function fromRowOrder(row: OrderRow): Order {
  return {
    orderId: row.order_id,
    number: row.number,
    checkoutId: row.checkout_id,
    userId: row.user_id,
    accountId: row.account_id,
    contact: {
      email: row.email,
      recipient: row.recipient,
      phone: row.phone,
      shippingAddress: row.shipping_address,
      billingAddress: row.billing_address,
      note: row.note,
    },
    state: row.state,
    version: row.version,
    currency: row.currency,
    itemsMinor: row.items_minor,
    discountMinor: row.discount_minor,
    shippingMinor: row.shipping_minor,
    totalMinor: row.total_minor,
    paidMinor: row.paid_minor,
    refundedMinor: row.refunded_minor,
    refundingMinor: row.refunding_minor,
    exchangedMinor: row.exchanged_minor,
    paymentId: row.payment_id,
    exchangeOf: row.exchange_of,
    credits: row.credits.map(fromShareJson),
    creditMinor: row.credit_minor,
    heldBy: row.held_by,
    shippingMethodKey: row.shipping_method_key,
    shippingTitle: row.shipping_title,
    taxMinor: row.tax_minor,
    taxIncluded: row.tax_included,
    shippingTaxes: row.shipping_taxes.map(fromTaxJson),
    lines: (row.lines ?? []).map((line) => fromLineJson(line, row.tax_included)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
