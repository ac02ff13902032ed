import type { DescMessage, Message, MessageInitShape } from '@bufbuild/protobuf'
import { createClient, createRouterTransport } from '@connectrpc/connect'
import {
  InvoiceKind,
  type InvoiceLineSchema,
  type InvoiceSchema,
  InvoicingService,
  LineKind,
} from '@purser/contracts/invoicing/v1/invoicing'
import { type AccountSchema, UserService } from '@purser/contracts/user/v1/user'
import { type Clock, fixedClock } from '@purser/kernel'
import { asService, toProtoTimestamp } from '@purser/rpc'
import { createTestDatabase, hostServices } from '@purser/testing'
import { createInvoicingService, invoicingManifest } from '../src/index.ts'

/** Plain fields of a message, so that they can be spread into another. */
type Fields<Desc extends DescMessage> = Exclude<MessageInitShape<Desc>, Message>

export type NewInvoice = Fields<typeof InvoiceSchema>
export type NewLine = Fields<typeof InvoiceLineSchema>

/** The present of these tests. */
export const NOW = Temporal.Instant.from('2026-03-01T09:30:00Z')

export const FEBRUARY = period('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z')
export const JANUARY = period('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')

/**
 * The invoicing service on a fresh database, driven by its client, beside a user service of fixed
 * answers.
 */
export async function startInvoicing({
  clock = fixedClock(NOW),
  account = {},
}: {
  clock?: Clock
  /** What every account is beside the fixed answers; a test changes it as it goes. */
  account?: Fields<typeof AccountSchema>
} = {}) {
  const testDatabase = await createTestDatabase(
    'invoicing',
    invoicingManifest.migrationsDir.pathname,
    { maxConnections: 10 },
  )
  const user = createClient(UserService, fixedUsers(account))
  const service = createInvoicingService({
    database: testDatabase.database,
    clock,
    clients: { user },
  })
  for (const component of service.components) await component.start()
  return {
    client: hostServices(service)(InvoicingService),
    as: (tenant: string) => asService('test', tenant),
    adminQuery: testDatabase.adminQuery,
    database: testDatabase.database,
    close: async () => {
      for (const component of service.components) await component.stop()
      await testDatabase.close()
    },
  }
}

export type Invoicing = Awaited<ReturnType<typeof startInvoicing>>

function fixedUsers(account: Fields<typeof AccountSchema>) {
  return createRouterTransport(({ service }) =>
    service(UserService, {
      getTenant: ({ tenant }) => ({
        tenant,
        legalName: 'Acme Metering GmbH',
        timeZone: 'Europe/Warsaw',
        address: {
          lines: ['Lindenstraße 5', 'Hof 2'],
          postalCode: '10969',
          city: 'Berlin',
          country: 'DE',
        },
        taxNumber: 'DE123456789',
      }),
      getAccount: ({ accountId }) => ({
        accountId,
        name: 'Zażółć Sp. z o.o.',
        email: 'billing@zazolc.example',
        address: { lines: ['ul. Długa 7'], postalCode: '00-238', city: 'Warszawa', country: 'PL' },
        ...account,
      }),
    }),
  )
}

/**
 * A sound invoice of two lines, 29.50 dollars, for a subscription's February; fields may be
 * replaced.
 */
export function invoiceOf(subscriptionId: string, fields: NewInvoice = {}): NewInvoice {
  const lines = fields.lines ?? [flatLine(), usageLine()]
  const subtotal = lines.reduce((sum, line) => sum + (line.amount?.amountCents ?? 0n), 0n)
  const currency = fields.currency ?? 'USD'
  return {
    kind: InvoiceKind.PERIOD,
    accountId: `acct-${subscriptionId}`,
    subscriptionId,
    ...FEBRUARY,
    subtotal: { amountCents: subtotal, currency },
    tax: { amountCents: 0n, currency },
    total: { amountCents: subtotal, currency },
    policy: { name: 'standard_v1', rounding: 'half_away_from_zero', zero_usage: 'charged' },
    planKey: 'pro',
    planVersion: 1,
    planName: 'Pro',
    currency,
    ...fields,
    lines,
  }
}

/** 20 dollars for the whole of February. */
export function flatLine(fields: NewLine = {}): NewLine {
  return {
    kind: LineKind.RECURRING,
    description: 'Pro plan',
    priceKey: 'base',
    quantity: '1',
    exactAmount: '20',
    amount: usd(20_00n),
    ...FEBRUARY,
    watermark: 7n,
    priceJson: '{"model":"flat","amount":"20"}',
    breakdownJson:
      '{"amount":"20","tiers":[{"tier":1,"quantity":"1","unit_amount":"20","flat_amount":"0","amount":"20"}],"adjustments":[]}',
    billableDays: 28,
    periodDays: 28,
    ...fields,
  }
}

/** 1,900 calls in two tiers, 9.50 dollars. */
export function usageLine(fields: NewLine = {}): NewLine {
  return {
    kind: LineKind.USAGE,
    description: 'API calls',
    priceKey: 'calls',
    meterKey: 'requests',
    quantity: '1900',
    exactAmount: '9.5',
    amount: usd(9_50n),
    ...FEBRUARY,
    watermark: 7n,
    eventCount: 42n,
    priceJson:
      '{"model":"graduated","tiers":[{"up_to":"1000","unit_amount":"0.005","flat_amount":"0"},{"up_to":null,"unit_amount":"0.005","flat_amount":"0"}]}',
    breakdownJson:
      '{"amount":"9.5","tiers":[{"tier":1,"quantity":"1000","unit_amount":"0.005","flat_amount":"0","amount":"5"},{"tier":2,"quantity":"900","unit_amount":"0.005","flat_amount":"0","amount":"4.5"}],"adjustments":[]}',
    ...fields,
  }
}

/** A correction of January's calls: 12 dollars in all, 10 billed before. */
export function adjustmentLine(fields: NewLine = {}): NewLine {
  return usageLine({
    kind: LineKind.ADJUSTMENT,
    quantity: '2400',
    exactAmount: '2',
    amount: usd(2_00n),
    billedBeforeCents: 10_00n,
    eventCount: 50n,
    watermark: 9n,
    ...JANUARY,
    ...fields,
  })
}

export function usd(amountCents: bigint) {
  return { amountCents, currency: 'USD' }
}

export function period(start: string, end: string) {
  return {
    periodStart: toProtoTimestamp(Temporal.Instant.from(start)),
    periodEnd: toProtoTimestamp(Temporal.Instant.from(end)),
  }
}

/** Numbers 1 to `count` as they are printed. */
export function numbersUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `INV-${String(index + 1).padStart(6, '0')}`)
}

/** Numbers of all finalized invoices of a tenant, ascending, straight from the table. */
export async function storedNumbers(invoicing: Invoicing, tenant: string): Promise<string[]> {
  const rows = await invoicing.adminQuery<{ number: string }>(
    `select number
     from invoicing.invoice
     where tenant_id = $1
       and number is not null
     order by number_sequence`,
    [tenant],
  )
  return rows.map(({ number }) => number)
}
