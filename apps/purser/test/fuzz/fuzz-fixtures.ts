import { callJson, type FuzzTarget } from './fuzz-identity.ts'
import type { KnownValues } from './schema-arbitrary.ts'

const PERIODS = ['2026-01', '2026-02', '2026-03', '0000-10', '9999-12']

/** Makes something of everything, so that requests can name it. Throws when the platform refuses. */
export async function createFixtures(target: FuzzTarget): Promise<KnownValues> {
  const base = `/api/v1/tenants/${target.tenant}`
  const create = async (path: string, body: object | string) => {
    const answer = await callJson(target, `${base}${path}`, body)
    if ('code' in answer) throw new Error(`POST ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  await create('/meters', meter)
  await create('/plans', plan)
  const accounts = ['fuzz-1', 'fuzz-2', 'fuzz-3']
  const subscriptions: string[] = []
  for (const account_id of accounts) {
    await create('/accounts', { account_id, name: account_id })
    const start_time = '2026-01-01T00:00:00Z'
    const made = await create('/subscriptions', { account_id, plan_key: plan.plan_key, start_time })
    subscriptions.push(String(made['subscription_id']))
  }
  const events = accounts.map((subject, index) =>
    JSON.stringify({
      id: `e${index}`,
      type: 'fuzz',
      subject,
      time: '2026-01-15T00:00:00Z',
      quantity: '7.5',
    }),
  )
  await create('/events', events.join('\n'))
  const run = await create(`/billing/runs?period=${PERIODS[0]}`, {})
  const page = await callJson(target, `${base}/invoices`)
  const invoices = (page['invoices'] ?? []) as { invoice_id: string; number: string }[]
  const spare = await create('/api-keys', { name: 'spare', permissions: ['*'] })
  const spareKey = spare['api_key'] as { api_key_id?: string } | undefined
  const ids = invoices.flatMap(({ invoice_id, number }) => [invoice_id, number])
  return {
    tenant: [target.tenant],
    account_id: accounts,
    subject: accounts,
    meter_key: [meter.meter_key],
    event_type: [meter.event_type],
    type: [meter.event_type],
    group_by: meter.dimensions,
    plan_key: [plan.plan_key],
    version: ['1'],
    subscription_id: subscriptions,
    run_id: [String(run['run_id'])],
    period: PERIODS,
    invoice: ids.filter((id) => typeof id === 'string' && id !== ''),
    api_key_id: [spareKey?.api_key_id ?? ''].filter((id) => id !== ''),
    permissions: ['*', 'billing.*', 'metering.meters.read'],
    ...(await peopleOf(target)),
  }
}

/** Users, whose lists a platform may not have. */
async function peopleOf(target: FuzzTarget): Promise<KnownValues> {
  const base = `/api/v1/tenants/${target.tenant}`
  const email = 'fuzz-victim@example.com'
  const password = 'correct horse battery'
  const person = { tenant: target.tenant, email, password, full_name: 'Victim' }
  await callJson(target, '/api/v1/auth/register', person)
  const { users } = await callJson(target, `${base}/users`)
  const found = (users ?? []) as { user_id?: string; email?: string }[]
  const victims = found.filter((user) => user.email === email).flatMap((u) => u.user_id ?? [])
  const product_id = ['fuzz-product']
  return {
    user_id: victims,
    email: [email],
    password: [password],
    current_password: [password],
    new_password: [password],
    role: ['viewer', 'admin'],
    product_id,
  }
}

const meter = {
  meter_key: 'fuzz',
  name: 'Fuzz',
  event_type: 'fuzz',
  aggregation: 'sum',
  dimensions: ['region'],
  event_policy: { max_past_days: 36_500 },
}

const plan = {
  plan_key: 'fuzz',
  terms: {
    name: 'Fuzz',
    currency: 'USD',
    prices: [
      { price_key: 'base', description: 'Base fee', flat: { amount: '9.00' } },
      {
        price_key: 'use',
        description: 'Use',
        meter_key: meter.meter_key,
        graduated: { tiers: [{ up_to: '5', unit_amount: '0' }, { unit_amount: '0.0125' }] },
      },
    ],
  },
}
