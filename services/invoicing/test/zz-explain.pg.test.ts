import { test } from 'vitest'
import { statement } from '@purser/postgres'
import { startInvoicing, invoiceOf, flatLine, usageLine, usd } from './invoicing-harness.ts'
test('explain', async () => {
  const inv = await startInvoicing()
  const make = (n: number, from: number) =>
    Array.from({ length: n }, (_, i) =>
      invoiceOf(`sub_01k0000000000000000${from + i}`, {
        runId: 'run_x',
        lines: [
          flatLine(),
          usageLine(),
          usageLine({ priceKey: 'other', amount: usd(1_00n), exactAmount: '1' }),
        ],
      }),
    )
  for (let k = 0; k < 5; k++)
    await inv.client.issueInvoices(
      { tenant: 'acme', invoices: make(1000, k * 1000) },
      inv.as('acme'),
    )
  const db = inv.database as any,
    tx0 = db.tx
  db.tx = (t: string, w: any, o: any) =>
    tx0(
      t,
      (tx: any) =>
        w({
          tenantId: tx.tenantId,
          query: tx.query.bind(tx),
          execute: async (s: any, v: any) => {
            const r = await tx.query(
              statement('x' + s.name, 'explain (analyze, wal, buffers) ' + s.text),
              v,
            )
            console.log(s.name, r.map((x: any) => x['QUERY PLAN']).join('\n'))
            return 1
          },
        }),
      o,
    )
  await inv.client.issueInvoices({ tenant: 'acme', invoices: make(1000, 10000) }, inv.as('acme'))
  console.log(
    await inv.adminQuery(
      `select name, setting from pg_settings where name in ('shared_buffers','fsync','synchronous_commit','full_page_writes','wal_level','jit','wal_compression','data_checksums','io_method','debug_assertions')`,
    ),
  )
  await inv.close()
}, 120000)
