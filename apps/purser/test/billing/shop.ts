import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Run, StartRunRequest } from '@purser/contracts/billing/v1/billing'
import type { Invoice } from '@purser/contracts/invoicing/v1/invoicing'
import type {
  PlanTermsSchema,
  PriceSchema,
  SubscriptionSchema,
} from '@purser/contracts/subscription/v1/subscription'
import { asService, toProtoTimestamp } from '@purser/rpc'
import type { ServiceClients } from './start-services.ts'
import { meters, type UsageEvent } from './usage-fixture.ts'

export type ShopOptions = { timeZone?: string }

type PriceFields = MessageInitShape<typeof PriceSchema>
type TermsFields = MessageInitShape<typeof PlanTermsSchema>
type SubscriptionFields = MessageInitShape<typeof SubscriptionSchema>

/** Most items of one call. */
const PAGE = 5_000

const PIECE_BYTES = 10_000

/** A contract's timestamp of RFC 3339 text. */
const at = (text: string) => toProtoTimestamp(Temporal.Instant.from(text))

/** One tenant of the tests and what they do with it, all through contract clients. */
export class Shop {
  readonly tenant: string
  readonly #client: ServiceClients

  /** A tenant that exists. */
  constructor(client: ServiceClients, tenant: string) {
    this.tenant = tenant
    this.#client = client
  }

  /** A new tenant with a meter of each aggregation. */
  static async open(
    client: ServiceClients,
    tenant: string,
    { timeZone = 'UTC' }: ShopOptions = {},
  ): Promise<Shop> {
    const shop = new Shop(client, tenant)
    const newTenant = { tenant, legalName: tenant, timeZone }
    await client.user.createTenant({ newTenant }, shop.as)
    for (const meter of meters) await client.metering.createMeter({ tenant, meter }, shop.as)
    return shop
  }

  get as() {
    return asService('test', this.tenant)
  }

  async createPlan(
    planKey: string,
    prices: PriceFields[],
    fields: TermsFields = {},
  ): Promise<void> {
    const terms = { name: planKey, currency: 'USD', prices, ...fields }
    const { tenant } = this
    await this.#client.subscription.createPlan({ tenant, plan: { planKey, terms } }, this.as)
  }

  /** Creates the account unless it is there, and subscribes it; answers the subscription's id. */
  async subscribe(
    accountId: string,
    planKey: string,
    startTime: string,
    fields: SubscriptionFields = {},
  ): Promise<string> {
    await this.createAccounts([accountId])
    const { tenant } = this
    const { subscriptionId } = await this.#client.subscription.createSubscription(
      { tenant, subscription: { accountId, planKey, startTime: at(startTime), ...fields } },
      this.as,
    )
    return subscriptionId
  }

  async subscribeAll(
    accountIds: readonly string[],
    planKey: string,
    startTime: string,
  ): Promise<void> {
    await this.createAccounts(accountIds)
    for (let from = 0; from < accountIds.length; from += PAGE) {
      const subscriptions = accountIds
        .slice(from, from + PAGE)
        .map((accountId) => ({ accountId, planKey, startTime: at(startTime) }))
      const { tenant } = this
      await this.#client.subscription.batchCreateSubscriptions({ tenant, subscriptions }, this.as)
    }
  }

  async createAccounts(accountIds: readonly string[]): Promise<void> {
    for (let from = 0; from < accountIds.length; from += PAGE) {
      const accounts = accountIds
        .slice(from, from + PAGE)
        .map((accountId) => ({ accountId, name: `Account ${accountId}` }))
      await this.#client.user.batchCreateAccounts({ tenant: this.tenant, accounts }, this.as)
    }
  }

  async cancel(subscriptionId: string, endTime: string): Promise<void> {
    await this.#client.subscription.cancelSubscription(
      { tenant: this.tenant, subscriptionId, endTime: at(endTime) },
      this.as,
    )
  }

  /** Records the events in one call; throws when one is refused. Answers how many were new. */
  async record(events: readonly UsageEvent[]): Promise<number> {
    if (events.length === 0) return 0
    const { acceptedCount, rejections } = await this.#client.metering.recordEvents(
      {
        tenant: this.tenant,
        events: events.map((e) => ({ ...e, type: 'call', time: at(e.time) })),
      },
      this.as,
    )
    const [first] = rejections
    if (first !== undefined) throw new Error(`event ${first.id} is refused: ${first.message}`)
    return Number(acceptedCount)
  }

  /** Sends the events as lines of JSON, in pieces cut anywhere; throws when one is refused. */
  async sendLines(events: readonly UsageEvent[]): Promise<number> {
    const lines = events.map((event) => `${JSON.stringify({ ...event, type: 'call' })}\n`)
    const { acceptedCount, rejections } = await this.#client.metering.ingestEvents(
      inPieces(this.tenant, Buffer.from(lines.join(''))),
      this.as,
    )
    const [first] = rejections
    if (first !== undefined) throw new Error(`event ${first.id} is refused: ${first.message}`)
    return Number(acceptedCount)
  }

  async run(
    period: string,
    fields: Partial<Pick<StartRunRequest, 'records' | 'background' | 'deadlineSeconds'>> = {},
  ): Promise<Run> {
    const { tenant } = this
    return await this.#client.billing.startRun({ tenant, period, ...fields }, this.as)
  }

  async getRun(runId: string): Promise<Run> {
    return await this.#client.billing.getRun({ tenant: this.tenant, runId }, this.as)
  }

  /** Every invoice with its lines, by number. */
  async invoices(): Promise<Invoice[]> {
    const found: Invoice[] = []
    for (const number of await this.numbers()) found.push(await this.invoice(number))
    return found
  }

  async invoice(invoice: string): Promise<Invoice> {
    return await this.#client.invoicing.getInvoice({ tenant: this.tenant, invoice }, this.as)
  }

  async verify(invoice: string) {
    return await this.#client.billing.verifyInvoice({ tenant: this.tenant, invoice }, this.as)
  }

  /** Numbers of the tenant's invoices, ascending. */
  async numbers(): Promise<string[]> {
    const { tenant } = this
    const found: string[] = []
    let pageToken = ''
    do {
      const page = await this.#client.invoicing.listInvoices(
        { tenant, pageSize: 1_000, pageToken },
        this.as,
      )
      found.push(...page.invoices.map(({ number }) => number))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    return found.reverse()
  }
}

async function* inPieces(tenant: string, bytes: Buffer) {
  const contentType = 'application/x-ndjson'
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    yield { tenant, body: { contentType, data: bytes.subarray(from, from + PIECE_BYTES) } }
  }
}
