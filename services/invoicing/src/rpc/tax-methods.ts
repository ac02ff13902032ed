import { create } from '@bufbuild/protobuf'
import {
  type DeleteTaxRateRequest,
  type DeleteTaxRateResponse,
  DeleteTaxRateResponseSchema,
  type GetTaxSettingsRequest,
  type ListTaxRatesRequest,
  type ListTaxRatesResponse,
  ListTaxRatesResponseSchema,
  type PutTaxRateRequest,
  type PutTaxSettingsRequest,
  type TaxRate as ProtoRate,
  TaxRateSchema,
  type TaxSettings as ProtoSettings,
  TaxSettingsSchema,
} from '@purser/contracts/invoicing/v1/tax'
import { Decimal, PurserError, requireCountry, requireRegion } from '@purser/kernel'
import { isUniqueViolation } from '@purser/postgres'
import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import { DEFAULT_SETTINGS, EXEMPT, PERCENT_DECIMALS, type TaxSettings } from '../domain/tax.ts'
import {
  countOtherRates,
  deleteTaxRate,
  type KeptRate,
  listTaxRates,
  putTaxRate,
  putTaxSettings,
  readTaxSettings,
} from '../store/tax-rate.ts'

const MOST_RATES = 2_000
const HUNDRED = Decimal.fromBigInt(100n)

/** The methods about rates of taxes, and how a tenant taxes. */
export function taxMethods(ctx: InvoicingContext) {
  return {
    /** Throws `request.invalid`, `tax.rate_taken`, `tax.too_many_rates`. */
    putTaxRate: async (req: PutTaxRateRequest): Promise<ProtoRate> => {
      const { tenant, rateKey } = req
      const put = ctx.db.tx(tenant, async (tx) => {
        const category = req.taxCategory || (await readTaxSettings(tx, tenant)).defaultCategory
        const rate = rateOf(req, category)
        if ((await countOtherRates(tx, tenant, rateKey)) >= MOST_RATES) {
          throw new PurserError('tax.too_many_rates', `There are ${MOST_RATES} rates already.`)
        }
        await putTaxRate(tx, tenant, rate)
        return toProtoRate(rate)
      })
      return await put.catch((error: unknown) => {
        if (!isUniqueViolation(error, 'tax_rate_taken')) throw error
        throw new PurserError(
          'tax.rate_taken',
          'Another rate is for this place, category, name and begin.',
        )
      })
    },

    /** Answers rates by place, category and name. */
    listTaxRates: async (req: ListTaxRatesRequest): Promise<ListTaxRatesResponse> => {
      const { tenant, country } = req
      const rates = await ctx.db.tx(tenant, (tx) => listTaxRates(tx, tenant, country), {
        readOnly: true,
      })
      return create(ListTaxRatesResponseSchema, { rates: rates.map(toProtoRate) })
    },

    /** Throws `resource.not_found`. */
    deleteTaxRate: async (req: DeleteTaxRateRequest): Promise<DeleteTaxRateResponse> => {
      const { tenant, rateKey } = req
      if (await ctx.db.tx(tenant, (tx) => deleteTaxRate(tx, tenant, rateKey))) {
        return create(DeleteTaxRateResponseSchema)
      }
      throw new PurserError('resource.not_found', 'There is no such rate.')
    },

    /** Answers how the tenant taxes, also when it never said so. */
    getTaxSettings: async ({ tenant }: GetTaxSettingsRequest): Promise<ProtoSettings> => {
      const read = await ctx.db.tx(tenant, (tx) => readTaxSettings(tx, tenant), { readOnly: true })
      return toProtoSettings(read)
    },

    /** Replaces how the tenant taxes. */
    putTaxSettings: async (req: PutTaxSettingsRequest): Promise<ProtoSettings> => {
      const { tenant, pricesIncludeTax } = req
      const defaultCategory = req.defaultCategory || DEFAULT_SETTINGS.defaultCategory
      const shippingCategory = req.shippingCategory || defaultCategory
      const settings = { pricesIncludeTax, defaultCategory, shippingCategory }
      await ctx.db.tx(tenant, (tx) => putTaxSettings(tx, tenant, settings))
      return toProtoSettings(settings)
    },
  }
}

function rateOf(req: PutTaxRateRequest, taxCategory: string): KeptRate {
  const region = req.region.normalize('NFC').trim()
  const percent = Decimal.parse(req.percent)
  const isExact = percent.round(PERCENT_DECIMALS, 'down').equals(percent)
  if (percent.isNegative() || percent.gt(HUNDRED) || !isExact) {
    throw invalid(
      'percent',
      `must lie between 0 and 100, with at most ${PERCENT_DECIMALS} decimals`,
    )
  }
  if (taxCategory === EXEMPT) throw invalid('tax_category', 'must be one that is taxed')
  const validFrom = req.validFrom && fromProtoTimestamp(req.validFrom)
  const validUntil = req.validUntil && fromProtoTimestamp(req.validUntil)
  if (validFrom && validUntil && Temporal.Instant.compare(validUntil, validFrom) <= 0) {
    throw invalid('valid_until', 'must be after valid_from')
  }
  const { rateKey, country, name } = req
  requireCountry(country)
  return {
    rateKey,
    country,
    region,
    regionKey: region === '' ? '' : requireRegion({ country, region }, ''),
    taxCategory,
    name,
    percent: percent.toString(),
    validFrom,
    validUntil,
  }
}

function invalid(field: string, message: string): PurserError {
  return new PurserError('request.invalid', `${field} ${message}`, { fields: [{ field, message }] })
}

function toProtoRate(rate: KeptRate): ProtoRate {
  const { rateKey, country, region, taxCategory, name, percent, validFrom, validUntil } = rate
  return create(TaxRateSchema, {
    rateKey,
    country,
    region,
    taxCategory,
    name,
    percent,
    ...(validFrom && { validFrom: toProtoTimestamp(validFrom) }),
    ...(validUntil && { validUntil: toProtoTimestamp(validUntil) }),
  })
}

function toProtoSettings(settings: TaxSettings): ProtoSettings {
  return create(TaxSettingsSchema, settings)
}
