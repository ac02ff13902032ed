import type { Client } from '@connectrpc/connect'
import type { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { asService } from '@purser/rpc'
import { DEMO_TENANT } from './seed.ts'

/** Standard rates of value added tax and their like by country, in percent. */
const countries = {
  MT: ['VAT', '18'],
  DE: ['VAT', '19'],
  FR: ['VAT', '20'],
  IT: ['VAT', '22'],
  ES: ['VAT', '21'],
  NL: ['VAT', '21'],
  GB: ['VAT', '20'],
  JP: ['Consumption tax', '10'],
} as const

/** Sales tax by state of the United States, in percent, without what counties and cities add. */
const states = { CA: '7.25', IL: '6.25', NY: '4', TX: '6.25', WA: '6.5' } as const

/**
 * Makes sure that the demo tenant taxes what it sells where it sells most: an example to look at, and nobody's tax
 * advice. What is there already stays as it is.
 */
export async function seedTaxes(invoicing: Client<typeof InvoicingService>): Promise<void> {
  const tenant = DEMO_TENANT
  const options = asService('seed', tenant)
  const { rates: known } = await invoicing.listTaxRates({ tenant }, options)
  if (known.length > 0) return
  const rates = [
    ...Object.entries(countries).map(([country, [name, percent]]) => {
      return { rateKey: country.toLowerCase(), country, name, percent }
    }),
    ...Object.entries(states).map(([region, percent]) => {
      const rateKey = `us-${region.toLowerCase()}`
      return { rateKey, country: 'US', region, name: 'Sales tax', percent }
    }),
  ]
  await Promise.all(rates.map((rate) => invoicing.putTaxRate({ tenant, ...rate }, options)))
}
