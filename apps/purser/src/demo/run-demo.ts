import { join } from 'node:path'
import { BatchCreateAccountsResponseSchema } from '@purser/contracts/user/v1/user'
import { BatchCreateSubscriptionsResponseSchema } from '@purser/contracts/subscription/v1/subscription'
import type { Run } from '@purser/contracts/billing/v1/billing'
import { SummarizeInvoicesResponseSchema } from '@purser/contracts/invoicing/v1/invoicing'
import { type ApiClient, ApiProblem } from '../cli/api-client.ts'
import { printRun, runBilling } from '../cli/billing.ts'
import { moneyText } from '../cli/money-text.ts'
import { startProgress } from '../cli/progress.ts'
import { formatTable } from '../cli/table.ts'
import { connectToApi, type TargetOptions } from '../cli/target.ts'
import { importUsage } from '../cli/usage-import.ts'
import { accountsOfFile } from './accounts-of-file.ts'
import { DEMO_PERIOD, DEMO_START, demoMeter, demoPlans, planOf } from './catalog.ts'
import { ensurePlatform } from './ensure-platform.ts'

const USAGE_FILE = join(import.meta.dirname, '../../../../examples/data/usage-1m.csv.gz')
const ACCOUNTS_PER_CALL = 2_000

/**
 * Imports the usage file through the public API, subscribes its accounts, bills February and prints what it came
 * to. Running it again changes nothing and says so.
 */
export async function runDemo(options: TargetOptions): Promise<void> {
  const platform = await ensurePlatform(options)
  try {
    const api = await connectToApi({
      ...options,
      ...(platform.url === undefined ? {} : { url: platform.url }),
    })
    await playDemo(api)
  } finally {
    await platform.stop()
  }
}

async function playDemo(api: ApiClient): Promise<void> {
  const seconds: Record<string, number> = {}
  const timed = async <T>(phase: string, work: () => Promise<T>): Promise<T> => {
    const startedMs = performance.now()
    const result = await work()
    seconds[phase] = (performance.now() - startedMs) / 1_000
    return result
  }
  await createCatalog(api)
  const imported = await timed('import', () => importUsage(api, USAGE_FILE))
  const accounts = await accountsOfFile(USAGE_FILE)
  const created = await timed('accounts and plans', () => subscribeAll(api, accounts))
  const run = await timed('billing', () => runBilling(api, { period: DEMO_PERIOD }))
  printRun(run)
  console.log('')
  console.log(
    formatTable([
      ['demo', 'result>'],
      ['events stored', String(imported.acceptedCount)],
      ['events known already', String(imported.duplicateCount)],
      ['events rejected', String(imported.rejectedCount)],
      ['accounts', String(accounts.length)],
      ['accounts subscribed now', String(created)],
      ['invoices issued now', String(run.invoiceCount)],
      ...(await totals(api)),
      ...Object.entries(seconds).map(([phase, value]) => [`seconds: ${phase}`, value.toFixed(1)]),
    ]),
  )
  console.log(closingWord(imported.acceptedCount, created, run))
}

async function createCatalog(api: ApiClient): Promise<void> {
  await unlessThere(() => api.send({ method: 'POST', path: '/meters', body: demoMeter }))
  for (const plan of demoPlans) {
    await unlessThere(() => api.send({ method: 'POST', path: '/plans', body: plan }))
  }
}

async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!(error instanceof ApiProblem) || !error.code.endsWith('.already_exists')) throw error
  }
}

/** Creates the accounts and their subscriptions; answers how many subscriptions are new. */
async function subscribeAll(api: ApiClient, accountIds: readonly string[]): Promise<number> {
  const progress = startProgress('accounts', accountIds.length, 'accounts')
  let created = 0
  for (let from = 0; from < accountIds.length; from += ACCOUNTS_PER_CALL) {
    const part = accountIds.slice(from, from + ACCOUNTS_PER_CALL)
    await api.call(BatchCreateAccountsResponseSchema, {
      method: 'POST',
      path: '/accounts/batch',
      body: {
        accounts: part.map((id) => ({ account_id: id, name: `Contributor ${id}`, kind: 'person' })),
      },
    })
    const answer = await api.call(BatchCreateSubscriptionsResponseSchema, {
      method: 'POST',
      path: '/subscriptions/batch',
      body: {
        subscriptions: part.map((id) => ({
          account_id: id,
          plan_key: planOf(id),
          start_time: DEMO_START,
        })),
      },
    })
    created += answer.createdCount
    progress.update(from + part.length)
  }
  progress.stop()
  return created
}

/** Rows of the closing table: all February invoices of the tenant, whenever they were issued. */
async function totals(api: ApiClient): Promise<string[][]> {
  const { summaries } = await api.call(SummarizeInvoicesResponseSchema, {
    path: '/invoices/summary',
    query: { ends_after: DEMO_START, ends_until: '2026-03-01T00:00:00Z' },
  })
  return summaries.map(({ total, invoiceCount }) => [
    `${DEMO_PERIOD} in ${total?.currency}: ${invoiceCount} invoices`,
    moneyText(total),
  ])
}

function closingWord(acceptedCount: bigint, created: number, run: Run): string {
  if (acceptedCount === 0n && created === 0 && run.invoiceCount === 0n) {
    return '\nEverything was there already: running the demo again changed nothing.'
  }
  return '\nNow try: npx purser invoices list   and   npx purser invoice verify INV-000001'
}
