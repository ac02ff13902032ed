import { setTimeout as delay } from 'node:timers/promises'
import { RunStatus } from '@purser/contracts/billing/v1/billing'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import { contentOf, numbersUpTo } from './invoice-content.ts'
import type { Shop } from './shop.ts'
import { unitPrice, usageEvent } from './usage-fixture.ts'

const JANUARY = '2026-01-01T00:00:00Z'
/** More than two chunks of a run, so that workers share it and a stop falls between chunks. */
const ACCOUNTS = 1_200

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())

/** A shop of many accounts; the n-th used n mod 50 units. Answers what January comes to, in cents. */
async function openLargeShop(): Promise<{ shop: Shop; totalCents: bigint }> {
  const shop = await billing.openShop()
  await shop.createPlan('unit', [unitPrice])
  const accountIds = Array.from({ length: ACCOUNTS }, (_, index) => `a-${index}`)
  await shop.subscribeAll(accountIds, 'unit', JANUARY)
  const quantities = accountIds.map((_, index) => index % 50)
  await shop.record(
    accountIds.map((subject, index) =>
      usageEvent({ id: subject, subject, quantity: String(quantities[index]) }),
    ),
  )
  return { shop, totalCents: BigInt(quantities.reduce((a, b) => a + b, 0)) * 100n }
}

async function openShop(): Promise<Shop> {
  const shop = await billing.openShop()
  await shop.createPlan('unit', [unitPrice])
  await shop.subscribeAll(['a-1', 'a-2'], 'unit', JANUARY)
  await shop.record([usageEvent({ id: '1', quantity: '4' })])
  return shop
}

/** Every subscription has one invoice of its period, all numbers are there, and they come to `totalCents`. */
async function expectBilledOnce(shop: Shop, totalCents: bigint): Promise<void> {
  const rows = await billing.adminQuery<{ total: string; subscriptions: number; invoices: number }>(
    `select sum(total_minor) as total, count(distinct subscription_id)::int as subscriptions,
       count(*)::int as invoices
     from invoicing.invoice
     where tenant_id = $1`,
    [shop.tenant],
  )
  expect(rows).toEqual([{ total: String(totalCents), subscriptions: ACCOUNTS, invoices: ACCOUNTS }])
  expect(await shop.numbers()).toEqual(numbersUpTo(ACCOUNTS))
}

test('a finished month is billed again for nothing', async () => {
  const shop = await openShop()
  expect(await shop.run('2026-01')).toMatchObject({
    status: RunStatus.COMPLETED,
    itemCount: 2n,
    invoiceCount: 2n,
    processedCount: 1n,
  })
  const invoices = await contentOf(shop)
  const again = await shop.run('2026-01')
  expect(again).toMatchObject({
    status: RunStatus.COMPLETED,
    itemCount: 0n,
    invoiceCount: 0n,
    totals: [],
  })
  expect(await contentOf(shop)).toEqual(invoices)
})

test('a month that has not ended is refused, to the millisecond', async () => {
  const shop = await openShop()
  const present = billing.present.now
  try {
    billing.present.now = Temporal.Instant.from('2026-01-31T23:59:59.900Z')
    await expect(shop.run('2026-01')).rejects.toMatchObject({ code: 'billing.period_not_ended' })
    expect(await contentOf(shop)).toEqual([])
    billing.present.now = Temporal.Instant.from('2026-02-01T00:00:00Z')
    expect(await shop.run('2026-01')).toMatchObject({ invoiceCount: 2n })
    await expect(shop.run('')).resolves.toMatchObject({ period: '2026-01' })
  } finally {
    billing.present.now = present
  }
})

test('a month that is no month is refused', async () => {
  const shop = await openShop()
  for (const period of ['2026-13', '2026', '2026-1', 'last']) {
    await expect(shop.run(period), period).rejects.toMatchObject({ code: 'request.invalid' })
  }
})

describe('a run of many', () => {
  test('asked for twice at once is one run and bills everybody once', async () => {
    const { shop, totalCents } = await openLargeShop()
    const [one, other] = await Promise.all([shop.run('2026-01'), shop.run('2026-01')])
    expect(one?.runId).toBe(other?.runId)
    expect(one).toMatchObject({ status: RunStatus.COMPLETED, invoiceCount: BigInt(ACCOUNTS) })
    await expectBilledOnce(shop, totalCents)
  })

  test('pauses at its deadline and is finished by the next call', async () => {
    const { shop, totalCents } = await openLargeShop()
    let calls = 0
    // The first chunk goes through, the others take longer than the deadline.
    const linger = async () => {
      calls += 1
      if (calls > 1) await delay(1_500)
    }
    const run = billing.interfere({ method: 'issueInvoices', before: linger }, () =>
      shop.run('2026-01', { deadlineSeconds: 1 }),
    )
    await expect(run).rejects.toMatchObject({
      code: 'billing.run_deadline_exceeded',
      kind: 'deadline_exceeded',
    })
    const { runs } = await billing.client.billing.listRuns({ tenant: shop.tenant }, shop.as)
    expect(runs).toMatchObject([{ status: RunStatus.PAUSED, failedCount: 0n }])
    expect(Number(runs[0]?.billedCount)).toBeLessThan(ACCOUNTS)
    const finished = await shop.run('2026-01')
    expect(finished).toMatchObject({
      runId: runs[0]?.runId,
      status: RunStatus.COMPLETED,
      totals: [{ amountCents: totalCents, currency: 'USD' }],
    })
    await expectBilledOnce(shop, totalCents)
  })

  test('is paused once the last of those who work on it has left', async () => {
    const { shop, totalCents } = await openLargeShop()
    const reached = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const hold = async () => {
      reached.resolve()
      await release.promise
    }
    const { billing: beside } = await billing.startBeside({ method: 'issueInvoices', before: hold })
    const { tenant } = shop
    const period = '2026-01'
    const giveUp = new AbortController()
    const others = { ...shop.as, signal: giveUp.signal }
    const theirs = beside.startRun({ tenant, period }, others).catch((error: unknown) => error)
    await reached.promise
    await expect(shop.run(period, { deadlineSeconds: 1 })).rejects.toMatchObject({
      code: 'billing.run_deadline_exceeded',
      message: expect.stringContaining('others went on with it'),
    })
    const [left] = (await billing.client.billing.listRuns({ tenant }, shop.as)).runs
    expect(left).toMatchObject({ status: RunStatus.RUNNING })
    giveUp.abort()
    expect(await theirs).toMatchObject({ code: 'request.canceled' })
    const runId = left?.runId ?? ''
    await waitFor(async () => (await shop.getRun(runId)).status === RunStatus.PAUSED)
    release.resolve()
    expect(await shop.run(period)).toMatchObject({ runId, status: RunStatus.COMPLETED })
    await expectBilledOnce(shop, totalCents)
  })

  test('is paused although one who worked on it died without a word', async () => {
    const { shop } = await openLargeShop()
    const die = async () => {
      await billing.adminQuery(
        `insert into billing.run_worker (tenant_id, run_id, worker_id, seen_at)
         select tenant_id, run_id, 'dead', now() - interval '1 minute'
         from billing.billing_run
         where tenant_id = $1
         on conflict do nothing`,
        [shop.tenant],
      )
      await delay(1_500)
    }
    const run = billing.interfere({ method: 'issueInvoices', before: die }, () =>
      shop.run('2026-01', { deadlineSeconds: 1 }),
    )
    await expect(run).rejects.toMatchObject({ message: expect.stringContaining('is paused') })
    const { runs } = await billing.client.billing.listRuns({ tenant: shop.tenant }, shop.as)
    expect(runs).toMatchObject([{ status: RunStatus.PAUSED }])
  })

  test('goes on when its caller has given up', async () => {
    const { shop, totalCents } = await openLargeShop()
    const giveUp = new AbortController()
    const run = billing.interfere(
      { method: 'issueInvoices', after: () => giveUp.abort() },
      async () =>
        await billing.client.billing.startRun(
          { tenant: shop.tenant, period: '2026-01' },
          { ...shop.as, signal: giveUp.signal },
        ),
    )
    await expect(run).rejects.toThrow()
    await shop.run('2026-01')
    await expectBilledOnce(shop, totalCents)
  })
})

describe('synthetic usage', () => {
  test('is sent, billed and counted', async () => {
    const shop = await billing.openShop()
    const run = await shop.run('2026-01', { records: 5_000n })
    expect(run).toMatchObject({
      status: RunStatus.COMPLETED,
      generatedCount: 5_000n,
      processedCount: 5_000n,
      itemCount: 111n,
      invoiceCount: 111n,
      failedCount: 0n,
    })
    const [stored] = await billing.adminQuery<{ events: number; accounts: number }>(
      `select count(*)::int as events, count(distinct subject)::int as accounts
       from metering.usage_event where tenant_id = $1`,
      [shop.tenant],
    )
    expect(stored).toEqual({ events: 5_000, accounts: 111 })
    for (const number of ['INV-000001', 'INV-000111']) {
      expect(await shop.verify(number)).toMatchObject({ matches: true })
    }
    const more = await shop.run('2026-01', { records: 90n })
    expect(more).toMatchObject({ generatedCount: 90n, itemCount: 2n, invoiceCount: 2n })
  })

  test('is refused while a run of the month is open', async () => {
    const shop = await openShop()
    const reached = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const hold = async () => {
      reached.resolve()
      await release.promise
    }
    await billing.interfere({ method: 'issueInvoices', before: hold }, async () => {
      const open = shop.run('2026-01')
      await reached.promise
      await expect(shop.run('2026-01', { records: 10n })).rejects.toMatchObject({
        code: 'billing.run_in_progress',
      })
      release.resolve()
      expect(await open).toMatchObject({ generatedCount: 0n, invoiceCount: 2n })
    })
  })

  test('is sent once when its run dies while it is sent', async () => {
    const shop = await billing.openShop()
    const giveUp = new AbortController()
    const run = billing.interfere(
      { method: 'batchCreateSubscriptions', after: () => giveUp.abort() },
      async () =>
        await billing.client.billing.startRun(
          { tenant: shop.tenant, period: '2026-01', records: 900n },
          { ...shop.as, signal: giveUp.signal },
        ),
    )
    await expect(run).rejects.toThrow()
    expect(await shop.run('2026-01')).toMatchObject({ generatedCount: 900n, invoiceCount: 20n })
  })
})

test('a run in the background is answered at once and followed to its end', async () => {
  const other = await startBilling({ withJobs: true })
  try {
    const shop = await other.openShop()
    await shop.createPlan('unit', [unitPrice])
    await shop.subscribeAll(['a-1', 'a-2'], 'unit', JANUARY)
    const { runId } = await shop.run('2026-01', { background: true })
    const seen: RunStatus[] = []
    for await (const run of other.client.billing.watchRun(
      { tenant: shop.tenant, runId },
      shop.as,
    )) {
      seen.push(run.status)
    }
    expect(seen.at(-1)).toBe(RunStatus.COMPLETED)
    await waitFor(async () => (await shop.getRun(runId)).invoiceCount === 2n)
  } finally {
    await other.close()
  }
})
