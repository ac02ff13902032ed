import { test } from 'vitest'
import { startInvoicing, invoiceOf, flatLine, usageLine, usd } from './invoicing-harness.ts'
test('speed', async () => {
  const inv = await startInvoicing()
  const make = (n: number, from: number) =>
    Array.from({ length: n }, (_, i) =>
      invoiceOf(
        `sub_01k0000000000000000${from + i}`,
        i % 2
          ? { runId: 'run_x' }
          : {
              runId: 'run_x',
              lines: [
                flatLine(),
                usageLine(),
                usageLine({ priceKey: 'other', amount: usd(1_00n), exactAmount: '1' }),
              ],
            },
      ),
    )
  const out: number[] = []
  const sums: Record<string, number> = {}
  const db = inv.database as any,
    tx0 = db.tx
  db.tx = (t: string, w: any, o: any) =>
    tx0(
      t,
      (tx: any) =>
        w({
          tenantId: tx.tenantId,
          query: async (s: any, v: any) => {
            const a = performance.now()
            const r = await tx.query(s, v)
            sums[s.name] = (sums[s.name] ?? 0) + performance.now() - a
            return r
          },
          execute: async (s: any, v: any) => {
            const a = performance.now()
            const r = await tx.execute(s, v)
            sums[s.name] = (sums[s.name] ?? 0) + performance.now() - a
            return r
          },
        }),
      o,
    )
  for (let k = 0; k < 14; k++) {
    const invoices = make(1000, k * 1000)
    const t = performance.now()
    await inv.client.issueInvoices({ tenant: 'acme', invoices }, inv.as('acme'))
    out.push(Math.round(performance.now() - t))
  }
  console.log(
    'sequential',
    out.join(' '),
    JSON.stringify(
      Object.fromEntries(Object.entries(sums).map(([k, v]) => [k, Math.round(v / 14)])),
    ),
  )
  const t = performance.now()
  const chunks = Array.from({ length: 8 }, (_, k) => make(1000, 100_000 + k * 1000))
  const t1 = performance.now()
  await Promise.all(
    [0, 1].map(async (w) => {
      for (let k = w; k < 8; k += 2)
        await inv.client.issueInvoices({ tenant: 'acme', invoices: chunks[k]! }, inv.as('acme'))
    }),
  )
  console.log('8 chunks of two workers', performance.now() - t1, 'ms; making', t1 - t)
  for (let k = 0; k < 3; k++) {
    const t2 = performance.now()
    const s = await inv.client.summarizeInvoices({ tenant: 'acme' }, inv.as('acme'))
    console.log('sum', s.summaries[0]!.invoiceCount, (performance.now() - t2).toFixed(1))
  }
  for (let k = 0; k < 3; k++) {
    const t2 = performance.now()
    await inv.client.listInvoices({ tenant: 'acme', pageSize: 50 }, inv.as('acme'))
    console.log('list', (performance.now() - t2).toFixed(1))
  }
  const t3 = performance.now()
  const b = await inv.client.listBilledLines(
    {
      tenant: 'acme',
      subscriptionIds: chunks[0]!.map((c) => c.subscriptionId!),
      periodEndsUntil: { seconds: 4_000_000_000n },
    },
    inv.as('acme'),
  )
  console.log('billed', b.lines.length, (performance.now() - t3).toFixed(1))
  const r = make(1000, 0)
  const t4 = performance.now()
  console.log(
    await inv.client.issueInvoices({ tenant: 'acme', invoices: r }, inv.as('acme')),
    performance.now() - t4,
  )
  await inv.close()
}, 120000)
