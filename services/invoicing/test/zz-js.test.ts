import { test } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { IssueInvoicesRequestSchema } from '@purser/contracts/invoicing/v1/invoicing'
import { validateMessage } from '@purser/rpc'
import { invoiceOf, flatLine, usageLine, usd } from './invoicing-harness.ts'
import { parseInvoices } from '../src/rpc/parse-invoices.ts'
import { contentHash } from '../src/domain/content-hash.ts'
import { insertInvoices } from '../src/store/insert-invoices.ts'
import { insertLines, encodeLines } from '../src/store/invoice-line.ts'
import { publishInvoicesReady } from '../src/events.ts'
test('js', async () => {
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
                usageLine({
                  breakdownJson: usageLine()
                    .breakdownJson!.replace('42', String(i))
                    .replace('1000', String(1000 + i)),
                }),
                usageLine({ priceKey: 'other', amount: usd(1_00n), exactAmount: '1' }),
              ],
            },
      ),
    )
  const tx: any = { query: async () => [], execute: async () => 0 }
  for (let k = 0; k < 12; k++) {
    const t: number[] = []
    const m = () => t.push(performance.now())
    const init = make(1000, k * 1000)
    m()
    const msg = create(IssueInvoicesRequestSchema, { tenant: 'acme', invoices: init })
    m()
    validateMessage(IssueInvoicesRequestSchema, msg)
    m()
    const p = parseInvoices(msg.invoices)
    m()
    const h = p.map((i) => ({
      ...i,
      contentHash: contentHash(i),
      invoiceId: 'inv_x' + i.subscriptionId,
      createdAt: Temporal.Now.instant(),
      finalization: { number: 'INV-1', sequence: 1n, finalizedAt: Temporal.Now.instant() },
    }))
    m()
    await insertInvoices(tx, 'acme', h)
    m()
    await insertLines(tx, 'acme', encodeLines(h))
    m()
    await publishInvoicesReady(tx, 'acme', h)
    m()
    console.log(
      'create validate parse hash encInv encLines publish',
      t
        .slice(1)
        .map((x, i) => (x - t[i]!).toFixed(1))
        .join(' '),
    )
  }
})
