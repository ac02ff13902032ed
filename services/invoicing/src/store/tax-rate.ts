import { statement, type Tx } from '@purser/postgres'
import { DEFAULT_SETTINGS, EXEMPT, type TaxRate, type TaxSettings } from '../domain/tax.ts'

/** A rate as it is kept. */
export type KeptRate = TaxRate & {
  rateKey: string
  country: string
  /** As it was told. */
  region: string
  /** Exclusive; undefined for never. */
  validUntil: Temporal.Instant | undefined
}

const putStatement = statement(
  'invoicing.put_tax_rate',
  `insert into tax_rate as known (
     tenant_id, rate_key, country, region, region_key, tax_category, name, percent, valid_from,
     valid_until
   )
   values ($1, $2, $3, $4, $5, $6, $7, $8::numeric, $9::timestamptz, $10::timestamptz)
   on conflict (tenant_id, rate_key) do update
   set country = excluded.country, region = excluded.region, region_key = excluded.region_key,
     tax_category = excluded.tax_category, name = excluded.name, percent = excluded.percent,
     valid_from = excluded.valid_from, valid_until = excluded.valid_until`,
)

/** Creates a rate or replaces it. Fails with a unique violation when another one is for the same. */
export async function putTaxRate(tx: Tx, tenantId: string, rate: KeptRate): Promise<void> {
  await tx.execute(putStatement, [
    tenantId,
    rate.rateKey,
    rate.country,
    rate.region,
    rate.regionKey,
    rate.taxCategory,
    rate.name,
    rate.percent,
    rate.validFrom,
    rate.validUntil,
  ])
}

const countOthersStatement = statement(
  'invoicing.count_other_tax_rates',
  `select count(*) as total
   from tax_rate
   where tenant_id = $1
     and rate_key <> $2`,
)

/** How many rates there are beside one. Takes no lock. */
export async function countOtherRates(tx: Tx, tenantId: string, rateKey: string): Promise<number> {
  const [row] = await tx.query<{ total: bigint }>(countOthersStatement, [tenantId, rateKey])
  return Number(row?.total)
}

const listStatement = statement(
  'invoicing.list_tax_rates',
  `select rate_key, country, region, region_key, tax_category, name, percent, valid_from,
     valid_until
   from tax_rate
   where tenant_id = $1
     and ($2 = '' or country = $2)
   order by country, region_key, tax_category, name, valid_from nulls first`,
)

/** The rates of a country, or all when it is empty, in the order of lists. Takes no lock. */
export async function listTaxRates(tx: Tx, tenantId: string, country: string): Promise<KeptRate[]> {
  const rows = await tx.query<{
    rate_key: string
    country: string
    region: string
    region_key: string
    tax_category: string
    name: string
    percent: string
    valid_from: Temporal.Instant | null
    valid_until: Temporal.Instant | null
  }>(listStatement, [tenantId, country])
  return rows.map((row) => ({
    rateKey: row.rate_key,
    country: row.country,
    region: row.region,
    regionKey: row.region_key,
    taxCategory: row.tax_category,
    name: row.name,
    percent: row.percent,
    validFrom: row.valid_from ?? undefined,
    validUntil: row.valid_until ?? undefined,
  }))
}

const deleteStatement = statement(
  'invoicing.delete_tax_rate',
  `delete from tax_rate
   where tenant_id = $1
     and rate_key = $2`,
)

/** Removes a rate; false when there is none. Locks its row. */
export async function deleteTaxRate(tx: Tx, tenantId: string, rateKey: string): Promise<boolean> {
  return (await tx.execute(deleteStatement, [tenantId, rateKey])) === 1
}

const putSettingsStatement = statement(
  'invoicing.put_tax_settings',
  `insert into tax_settings (tenant_id, prices_include_tax, default_category, shipping_category)
   values ($1, $2, $3, $4)
   on conflict (tenant_id) do update
   set prices_include_tax = excluded.prices_include_tax,
     default_category = excluded.default_category,
     shipping_category = excluded.shipping_category`,
)

/** Says how a tenant taxes. Locks its row. */
export async function putTaxSettings(
  tx: Tx,
  tenantId: string,
  { pricesIncludeTax, defaultCategory, shippingCategory }: TaxSettings,
): Promise<void> {
  const values = [tenantId, pricesIncludeTax, defaultCategory, shippingCategory]
  await tx.execute(putSettingsStatement, values)
}

type SettingsRow = {
  prices_include_tax: boolean | null
  default_category: string | null
  shipping_category: string | null
}

const readStatement = statement(
  'invoicing.read_taxes',
  `select settings.prices_include_tax, settings.default_category, settings.shipping_category, (
     select json_agg(json_build_object(
       'name', name, 'regionKey', region_key, 'taxCategory', tax_category,
       'percent', percent::text, 'validFrom', valid_from
     ))
     from tax_rate
     where tenant_id = $1
       and country = $2
       and region_key in ('', $3)
       and (valid_from is null or valid_from <= $4::timestamptz)
       and (valid_until is null or valid_until > $4::timestamptz)
   ) as rates, (
     select min(region_key)
     from tax_rate
     where tenant_id = $1
       and country = $2
       and region_key <> ''
       and (valid_from is null or valid_from <= $4::timestamptz)
       and (valid_until is null or valid_until > $4::timestamptz)
   ) as some_region
   from (values (1)) as one (row)
   left join tax_settings as settings on settings.tenant_id = $1`,
)

/**
 * How a tenant taxes, and the rates that hold at a place at a time: one statement. `someRegion`: some region of the country
 * that has a rate then; undefined when none has. Takes no lock.
 */
export async function readTaxes(
  tx: Tx,
  tenantId: string,
  place: { country: string; regionKey: string; at: Temporal.Instant },
): Promise<{ settings: TaxSettings; rates: TaxRate[]; someRegion: string | undefined }> {
  const { country, regionKey, at } = place
  const [row] = await tx.query<
    SettingsRow & {
      rates: (Omit<TaxRate, 'validFrom'> & { validFrom: string | null })[] | null
      some_region: string | null
    }
  >(readStatement, [tenantId, country, regionKey, at])
  return {
    settings: fromRowSettings(row),
    rates: (row?.rates ?? []).map(({ validFrom, ...rate }) => ({
      ...rate,
      validFrom: validFrom === null ? undefined : Temporal.Instant.from(validFrom),
    })),
    someRegion: row?.some_region ?? undefined,
  }
}

const readSettingsStatement = statement(
  'invoicing.read_tax_settings',
  `select prices_include_tax, default_category, shipping_category
   from tax_settings
   where tenant_id = $1`,
)

/** How a tenant taxes, also when it never said so. Takes no lock. */
export async function readTaxSettings(tx: Tx, tenantId: string): Promise<TaxSettings> {
  const [row] = await tx.query<SettingsRow>(readSettingsStatement, [tenantId])
  return fromRowSettings(row)
}

function fromRowSettings(row: SettingsRow | undefined): TaxSettings {
  // Nothing stands for what is not taxed in rows that are older than the word for it.
  const shippingCategory = row?.shipping_category === '' ? EXEMPT : row?.shipping_category
  return {
    pricesIncludeTax: row?.prices_include_tax ?? DEFAULT_SETTINGS.pricesIncludeTax,
    defaultCategory: row?.default_category ?? DEFAULT_SETTINGS.defaultCategory,
    shippingCategory: shippingCategory ?? DEFAULT_SETTINGS.shippingCategory,
  }
}
