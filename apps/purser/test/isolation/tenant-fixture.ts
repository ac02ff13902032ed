import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { asService, toProtoTimestamp } from '@purser/rpc'
import type { Bed } from './bed.ts'
import type { Names } from './names.ts'

/** A tenant with one of everything. */
export type TenantFixture = {
  tenant: string
  /** Its things, by the name that the contract gives their id. */
  names: Names
  /** Texts that stand in its rows and nowhere else; its ids are among `names`. */
  marker: string
}

const at = (text: string) => toProtoTimestamp(Temporal.Instant.from(text))

/** Creates the tenant with an account, meter, plan, subscription, usage, run, invoice, key and people. */
export async function createTenantFixture(bed: Bed, tenant: string): Promise<TenantFixture> {
  const { insiders } = bed
  const marker = `${tenant}-secret-text`
  const as = asService('test', tenant)
  const id = (kind: string) => `${kind}-of-${tenant}`
  const text = (what: string) => `${marker} ${what}`
  const address = { lines: [text('street')], city: text('city'), country: 'MT' }
  const [accountId, meterKey, planKey] = [id('account'), id('meter'), id('plan')]
  await insiders.user.createTenant(
    { newTenant: { tenant, legalName: text('name'), timeZone: 'UTC', address, taxNumber: marker } },
    as,
  )
  await insiders.user.createAccount(
    { tenant, account: { accountId, name: text('n'), email: `${marker}@example.com`, address } },
    as,
  )
  const { apiKey } = await insiders.user.createApiKey(
    { tenant, name: text('key'), permissions: ['metering.events.write'] },
    as,
  )
  const meter = { meterKey, name: text('meter'), eventType: 'call', aggregation: Aggregation.SUM }
  await insiders.metering.createMeter({ tenant, meter: { ...meter, unit: marker } }, as)
  const model = { case: 'perUnit' as const, value: { unitAmount: '1' } }
  const prices = [{ priceKey: 'units', description: text('price'), meterKey, model }]
  await insiders.subscription.createPlan(
    { tenant, plan: { planKey, terms: { name: text('plan'), currency: 'EUR', prices } } },
    as,
  )
  const { subscriptionId } = await insiders.subscription.createSubscription(
    { tenant, subscription: { accountId, planKey, startTime: at('2026-01-01T00:00:00Z') } },
    as,
  )
  const event = { id: id('event'), type: 'call', subject: accountId, quantity: '3' }
  const properties = { note: marker }
  await insiders.metering.recordEvents(
    { tenant, events: [{ ...event, properties, time: at('2026-01-10T00:00:00Z') }] },
    as,
  )
  const { runId } = await insiders.billing.startRun({ tenant, period: '2026-01' }, as)
  const { invoices } = await insiders.invoicing.listInvoices({ tenant }, as)
  const [invoice] = invoices
  if (invoice === undefined || apiKey === undefined) throw new Error('nothing was billed')
  return {
    tenant,
    marker,
    names: {
      tenant,
      account_id: accountId,
      meter_key: meterKey,
      plan_key: planKey,
      version: '1',
      subscription_id: subscriptionId,
      run_id: runId,
      invoice: invoice.invoiceId,
      api_key_id: apiKey.apiKeyId,
      ...(await insertPeople(bed, tenant, { id, text, marker })),
    },
  }
}

type Words = { id(kind: string): string; text(what: string): string; marker: string }

/**
 * A person with a role, a session, an address and a wish, as rows: nobody signs in. The role may nothing, so that
 * giving it takes no more than the permission to give roles.
 */
async function insertPeople({ query }: Bed, tenant: string, { id, text, marker }: Words) {
  const now = '2026-01-01T00:00:00Z'
  const [user, session, saved] = [id('user'), id('session'), id('address')]
  const role = id('role')
  // No service owns goods: a person may wish for anything, also for what another tenant calls so.
  const product = 'goods'
  const place = JSON.stringify({ lines: [marker], city: marker, country: 'MT' })
  await query(
    `insert into "user".role (tenant_id, role_key, name, permissions, created_at)
     values ($1, $2, $3, '{}', $4)`,
    [tenant, role, text('role'), now],
  )
  await query(
    `insert into "user".tenant_user
       (tenant_id, user_id, email, full_name, password_hash, status, role_key, phone, created_at)
     values ($1, $2, $3, $4, 'none', 'active', $5, $6, $7)`,
    [tenant, user, `${marker}@example.org`, text('person'), role, marker, now],
  )
  await query(
    `insert into "user".session
       (tenant_id, session_id, user_id, user_agent, created_at, refreshed_at, expires_at)
     values ($1, $2, $3, $4, $5, $5, '2099-01-01T00:00:00Z')`,
    [tenant, session, user, text('agent'), now],
  )
  await query(
    `insert into "user".saved_address
       (tenant_id, user_id, address_id, recipient, address, phone, is_default, created_at)
     values ($1, $2, $3, $4, $5, $6, true, $7)`,
    [tenant, user, saved, text('recipient'), place, marker, now],
  )
  await query(
    `insert into "user".wish (tenant_id, user_id, product_id, created_at) values ($1, $2, $3, $4)`,
    [tenant, user, product, now],
  )
  const people = { user_id: user, session_id: session, address_id: saved }
  return { ...people, role_key: role, role, product_id: product }
}
