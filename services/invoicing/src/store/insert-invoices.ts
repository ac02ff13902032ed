import {
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
  statement,
  type Tx,
} from '@purser/postgres'
import type { Invoice } from '../domain/invoice.ts'
import { microsecondConverter } from './microseconds.ts'

const insertInvoicesStatement = statement(
  'invoicing.insert_invoices',
  `insert into invoice (
     tenant_id, invoice_id, kind, account_id, subscription_id, period_start, period_end, currency,
     subtotal_minor, tax_minor, total_minor, line_count, policy, plan_key, plan_version, plan_name,
     run_id, content_hash, created_at, number, number_sequence, finalized_at, status
   )
   select $1, invoice_id, kind, account_id, subscription_id, period_start, period_end, currency,
     subtotal_minor, tax_minor, total_minor, line_count, policy::jsonb, plan_key, plan_version,
     plan_name, run_id, content_hash, created_at, number, number_sequence, finalized_at,
     case when number is null then 'draft' else 'finalized' end
   from unnest(
     $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
     $8::text[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::text[], $14::text[],
     $15::int8[], $16::text[], $17::text[], $18::text[], $19::timestamptz[], $20::text[],
     $21::int8[], $22::timestamptz[]
   ) as new (
     invoice_id, kind, account_id, subscription_id, period_start, period_end, currency,
     subtotal_minor, tax_minor, total_minor, line_count, policy, plan_key, plan_version, plan_name,
     run_id, content_hash, created_at, number, number_sequence, finalized_at
   )`,
)

/** Inserts invoices without their lines. The caller holds the tenant's sequence. */
export async function insertInvoices(
  tx: Tx,
  tenantId: string,
  invoices: readonly Invoice[],
): Promise<void> {
  const toMicroseconds = microsecondConverter()
  const texts = (pick: (invoice: Invoice) => string | undefined) =>
    encodeTextArray(invoices.map((invoice) => pick(invoice) ?? null))
  const longs = (pick: (invoice: Invoice) => bigint | number | undefined) =>
    encodeInt8Array(invoices.map((invoice) => pick(invoice) ?? null))
  const times = (pick: (invoice: Invoice) => Temporal.Instant | undefined) =>
    encodeTimestamptzArray(
      invoices.map((invoice) => {
        const instant = pick(invoice)
        return instant === undefined ? null : toMicroseconds(instant)
      }),
    )
  await tx.execute(insertInvoicesStatement, [
    tenantId,
    texts((invoice) => invoice.invoiceId),
    texts((invoice) => invoice.kind),
    texts((invoice) => invoice.accountId),
    texts((invoice) => invoice.subscriptionId),
    times((invoice) => invoice.period.start),
    times((invoice) => invoice.period.end),
    texts((invoice) => invoice.currency),
    longs((invoice) => invoice.subtotalMinor),
    longs((invoice) => invoice.taxMinor),
    longs((invoice) => invoice.totalMinor),
    longs((invoice) => invoice.lines.length),
    texts((invoice) => JSON.stringify(invoice.policy)),
    texts((invoice) => invoice.planKey),
    longs((invoice) => invoice.planVersion),
    texts((invoice) => invoice.planName),
    texts((invoice) => invoice.runId),
    texts((invoice) => invoice.contentHash),
    times((invoice) => invoice.createdAt),
    texts((invoice) => invoice.finalization?.number),
    longs((invoice) => invoice.finalization?.sequence),
    times((invoice) => invoice.finalization?.finalizedAt),
  ])
}
