import { create } from '@bufbuild/protobuf'
import {
  type CalculateTaxRequest,
  type CalculateTaxResponse,
  CalculateTaxResponseSchema,
} from '@purser/contracts/invoicing/v1/tax'
import { normalRegion, requireCountry, requireRegion } from '@purser/kernel'
import type { InvoicingContext } from '../context.ts'
import { ratesFor, type TaxRate, type TaxSettings, taxesOn, taxTotal } from '../domain/tax.ts'
import { readTaxes } from '../store/tax-rate.ts'
import { toProtoTax } from './convert-tax.ts'

/**
 * Computes the taxes of amounts by the rates that hold now at their destination. One statement. Throws `request.invalid` for
 * a country that does not exist, and where rates go by regions, for what is not the code of one.
 */
export function calculateTax(ctx: InvoicingContext) {
  return async (req: CalculateTaxRequest): Promise<CalculateTaxResponse> => {
    const { tenant, currency, country, region } = req
    if (country !== '') requireCountry(country)
    const at = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const place = { country, regionKey: normalRegion(country, region), at }
    const read = { readOnly: true, isSingle: true, generalPlans: true }
    const taxes = await ctx.db.tx(tenant, (tx) => readTaxes(tx, tenant, place), read)
    const { settings, rates, someRegion } = taxes
    if (someRegion !== undefined) requireRegion({ country, region }, someRegion)
    const lines = req.lines.map((line) => ({
      key: line.key,
      taxes: taxesOn(line.amountCents, ratesOf(line, rates, settings), settings),
    }))
    const tax = lines.reduce((sum, { taxes }) => sum + taxTotal(taxes), 0n)
    return create(CalculateTaxResponseSchema, {
      lines: lines.map(({ key, taxes }) => ({
        key,
        taxes: taxes.map((each) => toProtoTax(each, currency)),
        tax: { amountCents: taxTotal(taxes), currency },
      })),
      tax: { amountCents: tax, currency },
      taxIncluded: settings.pricesIncludeTax,
      isTaxedPlace: rates.length > 0,
    })
  }
}

function ratesOf(
  { taxCategory, isShipping }: CalculateTaxRequest['lines'][number],
  rates: readonly TaxRate[],
  settings: TaxSettings,
): TaxRate[] {
  return ratesFor(rates, isShipping ? settings.shippingCategory : taxCategory, settings)
}
