import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import type { BillingService, Run, StartRunRequest } from '@purser/contracts/billing/v1/billing'
import type { Invoice, InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import type { MeteringService } from '@purser/contracts/metering/v1/metering'
import type {
  PlanTermsSchema,
  PriceSchema,
  SubscriptionSchema,
  SubscriptionService,
} from '@purser/contracts/subscription/v1/subscription'
import type { UserService } from '@purser/contracts/user/v1/user'
import { asService, toProtoTimestamp } from '@purser/rpc'
import type { BlankDatabase } from '@purser/testing'
import { meters, type UsageEvent } from './usage-fixture.ts'

export type ServiceClients = {
  user: Client<typeof UserService>
  metering: Client<typeof MeteringService>
  subscription: Client<typeof SubscriptionService>
  invoicing: Client<typeof InvoicingService>
  billing: Client<typeof BillingService>
}

export type ShopOptions = { timeZone?: string }

type PriceFields = MessageInitShape<typeof PriceSchema>
type TermsFields = MessageInitShape<typeof PlanTermsSchema>
type SubscriptionFields = MessageInitShape<typeof SubscriptionSchema>
type Reach = { client: ServiceClients; adminQuery: BlankDatabase['adminQuery'] }

/** Most items of one call. */
const PAGE = 5_000

/** A contract's timestamp of RFC 3339 text. */
export const at = (text: string) => toProtoTimestamp(Temporal.Instant.from(text))

/** One tenant of the tests and what they do with it, all through contract clients. */
export class Shop {
  readonly tenant: string
  readonly #reach: Reach

  private constructor(reach: Reach, tenant: string) {
    this.tenant = tenant
    this.#reach = reach
  }

  static async open(
    reach: Reach,
    tenant: string,
    { timeZone = 'UTC' }: ShopOptions,
  ): Promise<Shop> {
    const shop = new Shop(reach, tenant)
    const newTenant = { tenant, legalName: tenant, timeZone }
    await reach.client.user.createTenant({ newTenant }, shop.as)
    for (const meter of meters) await reach.client.metering.createMeter({ tenant, meter }, shop.as)
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
    await this.#reach.client.subscription.createPlan({ tenant, plan: { planKey, terms } }, this.as)
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
    const { subscriptionId } = await this.#reach.client.subscription.createSubscription(
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
      await this.#reach.client.subscription.batchCreateSubscriptions(
        { tenant, subscriptions },
        this.as,
      )
    }
  }

  async createAccounts(accountIds: readonly string[]): Promise<void> {
    for (let from = 0; from < accountIds.length; from += PAGE) {
      const accounts = accountIds
        .slice(from, from + PAGE)
        .map((accountId) => ({ accountId, name: `Account ${accountId}` }))
      await this.#reach.client.user.batchCreateAccounts({ tenant: this.tenant, accounts }, this.as)
    }
  }

  async cancel(subscriptionId: string, endTime: string): Promise<void> {
    await this.#reach.client.subscription.cancelSubscription(
      { tenant: this.tenant, subscriptionId, endTime: at(endTime) },
      this.as,
    )
  }

  /** Records the events in one call; throws when one is refused. Answers how many were new. */
  async record(events: readonly UsageEvent[]): Promise<number> {
    if (events.length === 0) return 0
    const { acceptedCount, rejections } = await this.#reach.client.metering.recordEvents(
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

  async run(
    period: string,
    fields: Partial<Pick<StartRunRequest, 'records' | 'background' | 'deadlineSeconds'>> = {},
  ): Promise<Run> {
    const { tenant } = this
    return await this.#reach.client.billing.startRun({ tenant, period, ...fields }, this.as)
  }

  async getRun(runId: string): Promise<Run> {
    return await this.#reach.client.billing.getRun({ tenant: this.tenant, runId }, this.as)
  }

  /** Every invoice with its lines, by number. */
  async invoices(): Promise<Invoice[]> {
    const { tenant } = this
    const found: Invoice[] = []
    let pageToken = ''
    do {
      const page = await this.#reach.client.invoicing.listInvoices(
        { tenant, pageSize: 1_000, pageToken },
        this.as,
      )
      for (const { invoiceId } of page.invoices) found.push(await this.invoice(invoiceId))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    return found.reverse()
  }

  async invoice(invoice: string): Promise<Invoice> {
    return await this.#reach.client.invoicing.getInvoice({ tenant: this.tenant, invoice }, this.as)
  }

  async verify(invoice: string) {
    return await this.#reach.client.billing.verifyInvoice({ tenant: this.tenant, invoice }, this.as)
  }

  /** Numbers of the tenant's invoices as stored, ascending. */
  async storedNumbers(): Promise<string[]> {
    const rows = await this.#reach.adminQuery<{ number: string }>(
      'select number from invoicing.invoice where tenant_id = $1 order by number_sequence',
      [this.tenant],
    )
    return rows.map(({ number }) => number)
  }
}
