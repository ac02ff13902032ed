import { readFile } from 'node:fs/promises'
import { connectionUrl } from '@purser/postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Billing, startBilling } from '../billing/billing-harness.ts'
import { Shop } from '../billing/shop.ts'

/** The files of `examples/white-label`, as psql would run them: one statement after the other. */

const ROLE = 'white_label_app'
const folder = new URL('../../../../examples/white-label/', import.meta.url)

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
  const shop = await Shop.open(billing.client, 'acme')
  const limits = [{ limitKey: 'rate', quantity: 5n, windowSeconds: 300 }]
  const entitlements = [{ featureKey: 'widgets', meterKey: 'units', limits }]
  await shop.createPlan('free', [], { entitlements })
  await shop.subscribe('white-label', 'free', '2026-01-01T00:00:00Z')
})
afterAll(async () => {
  // Roles belong to the whole server: the next run makes it again.
  await billing.adminQuery(`drop owned by ${ROLE}`)
  await billing.adminQuery(`drop role ${ROLE}`)
  await billing.close()
})

async function statementsOf(file: string): Promise<string[]> {
  const text = await readFile(new URL(file, folder), 'utf8')
  const code = text.replaceAll(/^--.*$/gm, '')
  return code.split(/;\n/).filter((statement) => statement.trim() !== '')
}

test('the example does what its comments say', async () => {
  for (const statement of await statementsOf('1-grant.sql')) await billing.adminQuery(statement)
  const url = connectionUrl(billing.postgresUrl, { user: ROLE, password: 'choose another one' })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const answers: unknown[] = []
  try {
    for (const statement of await statementsOf('2-use.sql')) {
      answers.push((await client.query(statement)).rows)
    }
    await expect(client.query('select from metering.usage_counter')).rejects.toThrow('permission')
  } finally {
    await client.end()
  }
  const left = (remaining: string) => [{ allowed: true, remaining }]
  expect(answers).toEqual([
    left('5'),
    left('4'),
    left('2'),
    left('2'),
    [{ allowed: false, reason: 'limit_exceeded', remaining: '2', later: true }],
    ['widgets', 'gadgets'].map((feature_key) => ({
      allowed: false,
      reason: 'feature_not_entitled',
      feature_key,
    })),
    left('1'),
  ])
  const rows = await billing.adminQuery<{ sum: string }>(
    `select sum(quantity)::int as sum from metering.usage_event where subject = 'white-label'`,
  )
  expect(rows).toEqual([{ sum: 4 }])
})
