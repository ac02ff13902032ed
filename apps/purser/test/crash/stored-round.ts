import { asAdmin } from '@purser/postgres'
import type { UsageEvent } from '../billing/usage-fixture.ts'

/** Rows of one tenant as they lie in the tables, read past every service. */
export type StoredEvent = Omit<UsageEvent, 'properties'> & { properties: UsageEvent['properties'] }

type StoredLine = { kind: string; price: string; month: string; amount: bigint }

export type StoredInvoice = {
  number: number
  kind: string
  subscription: string
  account: string
  month: string
  total: bigint
  lines: StoredLine[]
}

/** Whether invoices exist that the ledger of billing does not know of yet. */
const unsettledInvoices = `
  select (select count(*) from invoicing.invoice where tenant_id = $1)
    > (select count(*) from billing.billing_item where tenant_id = $1 and has_invoice) as unsettled`

/** Reads the tables of a tenant. */
export class StoredRound {
  readonly #postgresUrl: string
  readonly #tenant: string

  constructor(postgresUrl: string, tenant: string) {
    this.#postgresUrl = postgresUrl
    this.#tenant = tenant
  }

  async #rows<Row extends object>(text: string): Promise<Row[]> {
    const { rows } = await asAdmin(this.#postgresUrl, (client) =>
      client.query<Row>(text, [this.#tenant]),
    )
    return rows
  }

  events(): Promise<StoredEvent[]> {
    return this.#rows(
      `select event_id as id, source, subject, quantity::text, properties,
         to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as time
       from metering.usage_event
       where tenant_id = $1`,
    )
  }

  async invoices(): Promise<StoredInvoice[]> {
    const rows = await this.#rows<
      Omit<StoredInvoice, 'total' | 'lines'> & {
        total: string
        lines: (Omit<StoredLine, 'amount'> & { amount: string })[] | null
      }
    >(
      `select i.number_sequence::int as number, i.kind, i.subscription_id as subscription,
         i.account_id as account, to_char(i.period_start at time zone 'UTC', 'YYYY-MM') as month,
         i.total_minor::text as total,
         (select json_agg(json_build_object(
            'kind', l.kind, 'price', l.price_key, 'amount', l.amount_minor::text,
            'month', to_char(l.period_start at time zone 'UTC', 'YYYY-MM')) order by l.line_number)
          from invoicing.invoice_line as l
          where l.tenant_id = i.tenant_id and l.invoice_id = i.invoice_id) as lines
       from invoicing.invoice as i
       where i.tenant_id = $1 and i.status = 'finalized'
       order by i.number_sequence`,
    )
    return rows.map(({ total, lines, ...row }) => ({
      ...row,
      total: BigInt(total),
      lines: (lines ?? []).map((line) => ({ ...line, amount: BigInt(line.amount) })),
    }))
  }

  async hasUnsettledInvoices(): Promise<boolean> {
    const [row] = await this.#rows<{ unsettled: boolean }>(unsettledInvoices)
    return row?.unsettled === true
  }

  /** Resolves as soon as there are some, or when the signal is aborted. */
  async waitForUnsettledInvoices(signal: AbortSignal): Promise<void> {
    await asAdmin(this.#postgresUrl, async (client) => {
      while (!signal.aborted) {
        const { rows } = await client.query(unsettledInvoices, [this.#tenant])
        if (rows[0]?.unsettled === true) return
      }
    })
  }

  /** Billed items of the ledger by run: how many, with how many invoices, and what they come to. */
  async ledger(): Promise<{ month: string; status: string; invoices: number; amount: bigint }[]> {
    const rows = await this.#rows<{
      month: string
      status: string
      invoices: number
      amount: string
    }>(
      `select r.period as month, r.status,
         count(*) filter (where i.has_invoice)::int as invoices,
         coalesce(sum(i.amount_minor), 0)::text as amount
       from billing.billing_run as r
       left join billing.billing_item as i on i.tenant_id = r.tenant_id and i.run_id = r.run_id
       where r.tenant_id = $1
       group by r.run_id, r.period, r.status
       order by r.run_id`,
    )
    return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }))
  }

  /** Numbers of the invoices and months of the runs that were told to the other services. */
  async told(): Promise<{ invoices: number[]; runs: string[] }> {
    const invoices = await this.#rows<{ number: string }>(
      `select payload ->> 'number' as number from invoicing.outbox
       where tenant_id = $1 and subject = 'invoice.ready'`,
    )
    const runs = await this.#rows<{ month: string }>(
      `select payload ->> 'period' as month from billing.outbox
       where tenant_id = $1 and subject = 'billing.run.completed' order by seq`,
    )
    return {
      invoices: invoices.map(({ number }) => Number(number.slice('INV-'.length))),
      runs: runs.map(({ month }) => month),
    }
  }
}
