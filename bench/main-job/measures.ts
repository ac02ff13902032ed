import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { asAdmin } from '@purser/postgres'
import pgCopy from 'pg-copy-streams'
import { z } from 'zod'
import type { Bed } from './bed.ts'
import { readUsageRows, type UsageRows } from './usage-rows.ts'

const TENANT = 'acme'

/** Seconds of each round, COPY and HTTP in turn. */
export type IngestFigures = { rowCount: number; copySeconds: number[]; httpSeconds: number[] }

/** Seconds of the billing run as its caller waits, of the bare `group by`, and of a run with nothing to do. */
export type BillingFigures = {
  invoiceCount: number
  eventCount: number
  runSeconds: number
  groupBySeconds: number
  rerunSeconds: number
  rerunInvoices: number
}

const TABLE = 'metering.usage_event'
const COLUMNS = 'tenant_id, source, event_id, type, subject, time, quantity, properties, batch'

/** Bare COPY of the rows into the table on one connection, then the file over HTTP into the same table, in turn. */
export async function measureIngest(bed: Bed, rounds: number): Promise<IngestFigures> {
  const rows = readUsageRows(TENANT)
  await createCatalog(bed)
  const figures: IngestFigures = { rowCount: rows.rowCount, copySeconds: [], httpSeconds: [] }
  for (let round = 1; round <= rounds; round += 1) {
    await bed.sql(`truncate ${TABLE}`)
    figures.copySeconds.push(await seconds(() => copy(bed, rows)))
    await bed.sql(`truncate ${TABLE}`)
    figures.httpSeconds.push(await seconds(() => ingest(bed, rows)))
    console.error(
      `round ${round}: COPY ${figures.copySeconds.at(-1)?.toFixed(1)} s, HTTP ${figures.httpSeconds.at(-1)?.toFixed(1)} s`,
    )
  }
  await subscribe(bed, rows.accounts)
  return figures
}

/** The run over what the last round of ingest stored. */
export async function measureBilling(bed: Bed): Promise<BillingFigures> {
  const groupBySeconds = await seconds(() =>
    bed.sql(
      `select subject, sum(quantity), count(*) from ${TABLE}
       where tenant_id = '${TENANT}' and time >= '2026-02-01Z' and time < '2026-03-01Z' group by subject`,
    ),
  )
  const answers: z.output<typeof runSchema>[] = []
  const run = async () => {
    answers.push(
      runSchema.parse(await call(bed, '/billing/runs?period=2026-02', { method: 'POST' })),
    )
  }
  const runSeconds = await seconds(run)
  const rerunSeconds = await seconds(run)
  const [first, second] = answers
  if (first === undefined || second === undefined) throw new Error('the runs did not answer')
  return {
    groupBySeconds,
    runSeconds,
    rerunSeconds,
    invoiceCount: first.invoice_count,
    eventCount: first.processed_count,
    rerunInvoices: second.invoice_count,
  }
}

const runSchema = z.object({
  status: z.literal('completed'),
  invoice_count: z.number(),
  processed_count: z.number(),
})

const ingestSchema = z.object({ accepted_count: z.number() })

async function copy(bed: Bed, rows: UsageRows): Promise<void> {
  await asAdmin(bed.adminUrl, async (client) => {
    const sink = client.query(pgCopy.from(`copy ${TABLE} (${COLUMNS}) from stdin`))
    await pipeline(Readable.from(rows.copyText), sink)
  })
}

async function ingest(bed: Bed, rows: UsageRows): Promise<void> {
  const answer = await call(bed, '/events', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: ReadableStream.from(rows.ndjson),
    duplex: 'half',
  })
  const { accepted_count: accepted } = ingestSchema.parse(answer)
  if (accepted !== rows.rowCount)
    throw new Error(`${accepted} of ${rows.rowCount} events were accepted`)
}

async function createCatalog(bed: Bed): Promise<void> {
  await call(
    bed,
    '/meters',
    json({
      meter_key: 'lines',
      name: 'Lines changed',
      event_type: 'lines_changed',
      aggregation: 'sum',
      event_policy: { max_past_days: 36_500 },
    }),
  )
  const tiers = [{ up_to: '1000', unit_amount: '0.01' }, { unit_amount: '0.004' }]
  const prices = [
    { price_key: 'base', description: 'Base fee', flat: { amount: '29' } },
    { price_key: 'lines', description: 'Lines changed', meter_key: 'lines', graduated: { tiers } },
  ]
  await call(
    bed,
    '/plans',
    json({ plan_key: 'main-job', terms: { name: 'Main job', currency: 'USD', prices } }),
  )
}

async function subscribe(bed: Bed, accounts: readonly string[]): Promise<void> {
  for (let from = 0; from < accounts.length; from += 2_000) {
    const part = accounts.slice(from, from + 2_000)
    await call(
      bed,
      '/accounts/batch',
      json({ accounts: part.map((id) => ({ account_id: id, name: id })) }),
    )
    const start_time = '2026-02-01T00:00:00Z'
    const subscriptions = part.map((id) => ({ account_id: id, plan_key: 'main-job', start_time }))
    await call(bed, '/subscriptions/batch', json({ subscriptions }))
  }
}

function json(body: object): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

async function call(bed: Bed, path: string, init: RequestInit): Promise<unknown> {
  const headers = { ...init.headers, authorization: `Bearer ${bed.apiKey}` }
  const response = await fetch(`${bed.url}/api/v1/tenants/${TENANT}${path}`, { ...init, headers })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return (performance.now() - startedMs) / 1_000
}
