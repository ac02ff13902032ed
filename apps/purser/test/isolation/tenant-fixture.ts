import { ProductStatus } from '@purser/contracts/catalog/v1/product'
import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { asService, toProtoTimestamp } from '@purser/rpc'
import type { Bed } from './bed.ts'
import { insertCarts } from './insert-carts.ts'
import { insertOrders } from './insert-orders.ts'
import { insertShipments } from './insert-shipments.ts'
import type { Names, Words } from './names.ts'

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
    { tenant, name: text('key'), permissions: ['user.api_keys.write'] },
    as,
  )
  const meter = { meterKey, name: text('meter'), eventType: 'call', aggregation: Aggregation.SUM }
  await insiders.metering.createMeter({ tenant, meter: { ...meter, unit: marker } }, as)
  const model = { case: 'perUnit' as const, value: { unitAmount: '1' } }
  const prices = [{ priceKey: 'units', description: text('price'), meterKey, model }]
  const [featureKey, limitKey] = [id('feature'), id('limit')]
  const entitlements = [{ featureKey, meterKey, limits: [{ limitKey, quantity: 1_000_000n }] }]
  await insiders.subscription.createPlan(
    {
      tenant,
      plan: { planKey, terms: { name: text('plan'), currency: 'EUR', prices, entitlements } },
    },
    as,
  )
  const { subscriptionId } = await insiders.subscription.createSubscription(
    { tenant, subscription: { accountId, planKey, startTime: at('2026-01-01T00:00:00Z') } },
    as,
  )
  await insiders.subscription.createTopUp(
    { tenant, accountId, topUp: { featureKey, limitKey, quantity: 7n } },
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
      feature_key: featureKey,
      limit_key: limitKey,
      version: '1',
      subscription_id: subscriptionId,
      run_id: runId,
      invoice: invoice.invoiceId,
      api_key_id: apiKey.apiKeyId,
      ...(await insertPeople(bed, tenant, { id, text, marker })),
      ...(await createGoods(bed, tenant, { id, text, marker })),
      ...(await insertProvisioning(bed, tenant, { id, text, marker })),
      ...(await insertMail(bed, tenant, { id, text, marker })),
      ...(await insertPayments(bed, tenant, { id, text, marker })),
      ...(await insertShipments(bed, tenant, { id, text, marker })),
      ...(await insertTaxes(bed, tenant, { text })),
      ...(await insertCarts(bed, tenant, { id, text, marker })),
      ...(await insertOrders(bed, tenant, { id, text, marker })),
    },
  }
}

/**
 * A person with a role, a session, an address, a wish and a passkey, as rows: nobody signs in. The role may nothing, so that
 * giving it takes no more than the permission to give roles.
 */
async function insertPeople({ query }: Bed, tenant: string, { id, text, marker }: Words) {
  const now = '2026-01-01T00:00:00Z'
  const [user, session, saved] = [id('user'), id('session'), id('address')]
  const role = id('role')
  // A person may wish for anything.
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
  const passkey = id('passkey')
  await query(
    `insert into "user".passkey
       (tenant_id, passkey_id, user_id, name, credential_id, public_key, sign_count, transports, is_synced, created_at)
     values ($1, $2, $3, $4, sha256($2::text::bytea), '', 0, '{}', false, $5)`,
    [tenant, passkey, user, text('passkey'), now],
  )
  const people = { user_id: user, session_id: session, address_id: saved, passkey_id: passkey }
  const privacy = await insertPrivacyWork(query, tenant, id)
  return { ...people, ...privacy, role_key: role, role }
}

/** An erasure and an export that ended, of somebody who is not there, as rows. */
async function insertPrivacyWork(query: Bed['query'], tenant: string, id: Words['id']) {
  const now = '2026-01-01T00:00:00Z'
  const [erasure, wanted] = [id('erasure'), id('export')]
  await query(
    `insert into "user".erasure (tenant_id, erasure_id, subject_kind, subject_id, user_ids,
       account_ids, state, requested_by, requested_at, completed_at)
     values ($1, $2, 'user', $3, array[$3], '{}', 'completed', 'test', $4, $4)`,
    [tenant, erasure, id('erased'), now],
  )
  await query(
    `insert into "user".personal_export (tenant_id, export_id, subject_kind, subject_id, user_ids,
       account_ids, state, requested_by, requested_at, completed_at, expires_at)
     values ($1, $2, 'user', $3, array[$3], '{}', 'completed', 'test', $4, $4, '2099-01-01T00:00:00Z')`,
    [tenant, wanted, id('exported'), now],
  )
  return { erasure_id: erasure, export_id: wanted }
}

/** A mail that was delivered, an address that is not written to and a sender, as rows: nothing is sent beside the test. */
async function insertMail({ query }: Bed, tenant: string, { id, text, marker }: Words) {
  const now = '2026-01-01T00:00:00Z'
  const [message, email] = [id('message'), `${marker}@example.net`]
  await query(
    `insert into notification.message
       (tenant_id, message_id, dedup_id, template_key, recipient_email, recipient_name, sender_name, reply_to,
        subject, text_body, html_body, redacted, state, attempt_count, attempt_limit, sent_at, created_at)
     values ($1, $2, $3, 'invoice_ready', $4, $3, $3, $4, $3, $3, $3, false, 'sent', 1, 10, $5, $5)`,
    [tenant, message, text('mail'), email, now],
  )
  await query(
    `insert into notification.delivery_attempt
       (tenant_id, message_id, number, started_at, outcome, smtp_code, reply_text)
     values ($1, $2, 1, $3, 'accepted', 250, $4)`,
    [tenant, message, now, text('reply')],
  )
  await query(
    `insert into notification.suppression (tenant_id, email, reason, created_at)
     values ($1, $2, 'manual', $3)`,
    [tenant, email, now],
  )
  await query(
    `insert into notification.sender (tenant_id, sender_name, reply_to) values ($1, $2, $3)`,
    [tenant, text('sender'), email],
  )
  return { message_id: message }
}

/** A payment with a refund, a card and a webhook, and the charge in the sandbox's books, as rows: nobody pays. */
async function insertPayments({ query }: Bed, tenant: string, { id, text, marker }: Words) {
  const now = '2026-01-01T00:00:00Z'
  const [payment, method] = [id('payment'), id('method')]
  await query(
    `insert into payment.sandbox_charge (tenant_id, idempotency_key, charge_id, token, amount_minor, currency,
       status, decline_code, challenge, return_url, refunded_minor, created_at)
     values ($1, $2 || '/1', $3, 'tok_success', 1000, 'EUR', 'succeeded', '', '', $4, 100, $5)`,
    [tenant, payment, id('charge'), `https://${marker}.test`, now],
  )
  await query(
    `insert into payment.sandbox_refund (tenant_id, idempotency_key, refund_id, charge_key, amount_minor,
       status, failure_code, created_at)
     values ($1, $2, $2, $3 || '/1', 100, 'succeeded', '', $4)`,
    [tenant, id('refund'), payment, now],
  )
  await query(
    `insert into payment.payment (tenant_id, payment_id, idempotency_key, request_hash, state, version,
       amount_minor, currency, refunded_minor, order_id, saga_id, account_id, provider, created_at, updated_at)
     values ($1, $2, $3, sha256(''), 'partially_refunded', 1, 1000, 'EUR', 100, $4, $3, $5, 'sandbox', $6, $6)`,
    [tenant, payment, text('key'), text('order'), id('account'), now],
  )
  await query(
    `insert into payment.payment_transition (tenant_id, payment_id, number, to_state, cause, created_at)
     values ($1, $2, 1, 'created', $3, $4)`,
    [tenant, payment, text('cause'), now],
  )
  await query(
    `insert into payment.refund (tenant_id, refund_id, payment_id, idempotency_key, request_hash, state,
       amount_minor, currency, reason, created_at, updated_at)
     values ($1, $2, $3, $4, sha256(''), 'succeeded', 100, 'EUR', $5, $6, $6)`,
    [tenant, id('refund'), payment, text('refund'), text('reason'), now],
  )
  await query(
    `insert into payment.payment_method (tenant_id, payment_method_id, account_id, provider, provider_token,
       card_brand, card_last4, card_expiry_month, card_expiry_year, is_default, created_at)
     values ($1, $2, $3, 'sandbox', 'tok_success', $4, '4242', 12, 2034, true, $5)`,
    [tenant, method, id('account'), text('brand'), now],
  )
  await query(
    `insert into payment.webhook_event (tenant_id, provider, event_id, event_type, subject_key, disposition,
       detail, received_at)
     values ($1, 'sandbox', $2, 'charge.succeeded', $3, 'parked', $4, $5)`,
    [tenant, id('webhook'), text('charge'), text('detail'), now],
  )
  return { payment_id: payment, payment_method_id: method, provider: 'sandbox' }
}

/** A rate of a tax, as a row: whoever puts one gives it its key, which every tenant may use. */
async function insertTaxes({ query }: Bed, tenant: string, { text }: Pick<Words, 'text'>) {
  const rateKey = 'standard'
  await query(
    `insert into invoicing.tax_rate
       (tenant_id, rate_key, country, region, region_key, tax_category, name, percent)
     values ($1, $2, 'MT', $3, $3, 'standard', $4, 18)`,
    [tenant, rateKey, text('region'), text('tax')],
  )
  return { rate_key: rateKey }
}

/** What an identity provider keeps: the person, a group that gives the role and has the person in it. */
async function insertProvisioning({ query }: Bed, tenant: string, { id, text, marker }: Words) {
  const now = '2026-01-01T00:00:00Z'
  const [user, group] = [id('user'), id('group')]
  await query(
    `insert into "user".provisioned_user (tenant_id, user_id, external_id, attributes, updated_at)
     values ($1, $2, $3, $4, $5)`,
    [tenant, user, text('external'), JSON.stringify({ title: text('title') }), now],
  )
  await query(
    `insert into "user".provisioned_group
       (tenant_id, group_id, display_name, external_id, role_key, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $6)`,
    [tenant, group, text('group'), marker, id('role'), now],
  )
  await query(
    `insert into "user".provisioned_group_member (tenant_id, group_id, user_id) values ($1, $2, $3)`,
    [tenant, group, user],
  )
  await query(
    `insert into "user".sso_connection
       (tenant_id, connection_id, issuer, client_id, sealed_client_secret, redirect_uris, email_domains,
        default_role_key, creates_people, is_enforced, updated_at)
     values ($1, $2, $3, $4, '', $5, $6, 'viewer', false, false, $7)`,
    [tenant, id('sso'), `https://${marker}.test`, text('client'), [text('uri')], [marker], now],
  )
  const schema = 'urn:ietf:params:scim:schemas:core:2.0:User'
  return { group_id: group, schema_urn: schema, resource_type: 'User' }
}

/**
 * A product in the shop, which everybody sees and so holds no secret, and one that is a draft; stock with a
 * reservation.
 */
async function createGoods({ insiders }: Bed, tenant: string, { id, text, marker }: Words) {
  const as = asService('test', tenant)
  const { catalog } = insiders
  const named = (slug: string) => ({ slug, title: slug })
  const category = await catalog.createCategory({ tenant, input: named('things') }, as)
  const collection = await catalog.createCollection({ tenant, input: named('chosen') }, as)
  const prices = [{ amount: { amountCents: 100n, currency: 'USD' } }]
  const product = await catalog.createProduct(
    {
      tenant,
      input: {
        ...named('thing'),
        status: ProductStatus.PUBLISHED,
        categoryIds: [category.categoryId],
        collectionIds: [collection.collectionId],
        variants: [{ sku: 'THING', prices }],
      },
    },
    as,
  )
  const input = { slug: id('draft'), title: text('draft'), variants: [{ sku: `${marker}-sku` }] }
  await catalog.createProduct({ tenant, input }, as)
  const variantId = product.variants[0]?.variantId ?? ''
  // Whoever puts a location gives it its name: one that every tenant may use.
  const locationId = 'main'
  await catalog.putLocation({ tenant, locationId, title: text('location') }, as)
  await catalog.setStock({ tenant, variantId, locationId, onHand: 9n, reason: text('count') }, as)
  const reservation = { reservationId: id('reservation'), currency: 'USD' }
  const lines = [{ variantId, quantity: 1n }]
  await catalog.reserveStock({ tenant, ...reservation, lines }, as)
  return {
    product_id: product.productId,
    variant_id: variantId,
    category_id: category.categoryId,
    collection_id: collection.collectionId,
    location_id: locationId,
  }
}
