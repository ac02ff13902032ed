import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Invoicing, NOW, startInvoicing } from './invoicing-harness.ts'

let invoicing: Invoicing
beforeAll(async () => {
  invoicing = await startInvoicing()
})
afterAll(() => invoicing.close())

type Rate = Parameters<Invoicing['client']['putTaxRate']>[0]

const put = (tenant: string, rate: Rate) =>
  invoicing.client.putTaxRate({ tenant, ...rate }, invoicing.as(tenant))

const calculate = (
  tenant: string,
  place: { country?: string; region?: string },
  lines: { amountCents: bigint; taxCategory?: string; isShipping?: boolean }[],
  currency = 'EUR',
) => invoicing.client.calculateTax({ tenant, currency, ...place, lines }, invoicing.as(tenant))

const vat = { rateKey: 'de', country: 'DE', name: 'VAT', percent: '19.00' }

describe('rates', () => {
  test('are set, replaced, listed and removed, and are their own tenant’s alone', async () => {
    const { client, as } = invoicing
    expect(await put('rates', vat)).toMatchObject({ percent: '19', taxCategory: 'standard' })
    await put('rates', { ...vat, rateKey: 'de-food', taxCategory: 'food', percent: '7' })
    await put('rates', { ...vat, rateKey: 'us-il', country: 'US', region: ' IL ', percent: '6.25' })
    await put('rates', { ...vat, percent: '16' })
    const { rates } = await client.listTaxRates({ tenant: 'rates' }, as('rates'))
    expect(rates.map(({ rateKey, region, percent }) => [rateKey, region, percent])).toEqual([
      ['de-food', '', '7'],
      ['de', '', '16'],
      ['us-il', 'IL', '6.25'],
    ])
    expect((await client.listTaxRates({ tenant: 'others' }, as('others'))).rates).toEqual([])
    const foreign = client.deleteTaxRate({ tenant: 'others', rateKey: 'de' }, as('others'))
    await expect(foreign).rejects.toMatchObject({ code: 'resource.not_found' })
    await client.deleteTaxRate({ tenant: 'rates', rateKey: 'de' }, as('rates'))
    const left = await client.listTaxRates({ tenant: 'rates', country: 'DE' }, as('rates'))
    expect(left.rates.map(({ rateKey }) => rateKey)).toEqual(['de-food'])
  })

  test('for the same place, category, name and begin are refused, also at once', async () => {
    const keys = Array.from({ length: 10 }, (_, index) => `same-${index}`)
    const outcomes = await Promise.allSettled(
      keys.map((rateKey) => put('same', { ...vat, rateKey })),
    )
    const refused = outcomes.flatMap((each) =>
      each.status === 'rejected' ? [each.reason.code] : [],
    )
    expect(refused).toEqual(keys.slice(1).map(() => 'tax.rate_taken'))
  })

  test.each(['100.000001', '-1', '1.0000001'])('of %s percent are refused', async (percent) => {
    await expect(put('odd', { ...vat, percent })).rejects.toMatchObject({ code: 'request.invalid' })
  })

  test('for what is exempt are refused', async () => {
    await expect(put('odd', { ...vat, taxCategory: 'exempt' })).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'tax_category' }],
    })
  })

  test('that end before they begin are refused', async () => {
    const at = toProtoTimestamp(NOW)
    await expect(put('odd', { ...vat, validFrom: at, validUntil: at })).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'valid_until' }],
    })
  })
})

describe('the taxes of amounts', () => {
  test('where no rate holds are zero, and the answer says so', async () => {
    await put('nowhere', vat)
    const lines = [{ amountCents: 1_000n }, { amountCents: 500n, isShipping: true }]
    for (const place of [{ country: 'FR' }, { country: 'FR', region: 'Bretagne' }, {}]) {
      expect(await calculate('nowhere', place, lines)).toMatchObject({
        isTaxedPlace: false,
        tax: { amountCents: 0n, currency: 'EUR' },
        lines: [{ taxes: [] }, { taxes: [] }],
      })
    }
  })

  test('are by line and rate, of goods and of their delivery', async () => {
    await put('lines', vat)
    await put('lines', { ...vat, rateKey: 'food', taxCategory: 'food', percent: '7' })
    const answer = await calculate('lines', { country: 'DE' }, [
      { amountCents: 1_000n, taxCategory: 'standard' },
      { amountCents: 1_000n, taxCategory: 'food' },
      { amountCents: 500n, isShipping: true },
    ])
    expect(answer.lines.map(({ tax }) => tax?.amountCents)).toEqual([190n, 70n, 95n])
    expect(answer).toMatchObject({ tax: { amountCents: 355n }, taxIncluded: false })
    expect(answer.lines[1]?.taxes).toMatchObject([
      { name: 'VAT', percent: '7', taxable: { amountCents: 1_000n, currency: 'EUR' } },
    ])
  })

  test('of a region are found whatever its case, and hold in no other', async () => {
    await put('regions', { ...vat, rateKey: 'il', country: 'US', region: 'IL', percent: '6.25' })
    const lines = [{ amountCents: 1_000n }]
    const inIllinois = await calculate('regions', { country: 'US', region: ' il' }, lines)
    expect(inIllinois.tax?.amountCents).toBe(63n)
    const elsewhere = await calculate('regions', { country: 'US', region: 'NY' }, lines)
    expect(elsewhere).toMatchObject({ isTaxedPlace: false, tax: { amountCents: 0n } })
  })

  test('of regions want the code of one, wherever there are any', async () => {
    const rate = { ...vat, rateKey: 'il', country: 'US', region: 'US-IL', percent: '6.25' }
    await put('codes', rate)
    await put('codes', { ...vat, percent: '19' })
    const lines = [{ amountCents: 1_000n }]
    const taxIn = async (country: string, region: string) =>
      (await calculate('codes', { country, region }, lines)).tax?.amountCents
    for (const region of ['IL', ' us-il']) expect(await taxIn('US', region)).toBe(63n)
    for (const region of ['Illinois', '', 'DE-IL', 'I L']) {
      await expect(taxIn('US', region)).rejects.toMatchObject({
        code: 'request.invalid',
        message: 'region must be the code of a region of US, such as IL',
      })
    }
    for (const region of ['Bayern', '', 'BY']) expect(await taxIn('DE', region)).toBe(190n)
    for (const country of ['XX', 'ZZ', 'UK']) {
      await expect(taxIn(country, '')).rejects.toMatchObject({ code: 'request.invalid' })
      await expect(put('codes', { ...vat, country })).rejects.toMatchObject({
        code: 'request.invalid',
      })
    }
    await expect(put('codes', { ...rate, region: 'Illinois' })).rejects.toMatchObject({
      code: 'request.invalid',
    })
  })

  test('follow the rate that holds now', async () => {
    const [from, until] = [NOW, NOW.add({ hours: 1 })].map(toProtoTimestamp)
    const common = { ...vat, country: 'JP', name: 'Consumption tax' }
    await put('times', {
      ...common,
      rateKey: 'old',
      percent: '8',
      ...(from && { validUntil: from }),
    })
    await put('times', {
      ...common,
      rateKey: 'new',
      percent: '10',
      ...(from && { validFrom: from }),
    })
    await put('times', {
      ...common,
      rateKey: 'later',
      percent: '12',
      ...(until && { validFrom: until }),
    })
    const answer = await calculate('times', { country: 'JP' }, [{ amountCents: 1_085n }], 'JPY')
    expect(answer.lines[0]?.taxes).toMatchObject([
      { percent: '10', amount: { amountCents: 109n, currency: 'JPY' } },
    ])
  })

  test('are in the prices, and delivery is not taxed, when the tenant says so', async () => {
    const { client, as } = invoicing
    const tenant = 'included'
    const first = await client.getTaxSettings({ tenant }, as(tenant))
    expect(first).toMatchObject({
      pricesIncludeTax: false,
      defaultCategory: 'standard',
      shippingCategory: 'standard',
    })
    const said = { pricesIncludeTax: true, defaultCategory: 'normal', shippingCategory: 'exempt' }
    expect(await client.putTaxSettings({ tenant, ...said }, as(tenant))).toMatchObject(said)
    await put(tenant, vat)
    const answer = await calculate(tenant, { country: 'DE' }, [
      { amountCents: 11_900n },
      { amountCents: 500n, isShipping: true },
    ])
    expect(answer).toMatchObject({
      taxIncluded: true,
      tax: { amountCents: 1_900n },
      lines: [{ taxes: [{ taxable: { amountCents: 10_000n } }] }, { taxes: [] }],
    })
  })

  test('are on delivery as on goods when nothing is said of it', async () => {
    const { client, as } = invoicing
    const tenant = 'delivered'
    const said = { pricesIncludeTax: false, defaultCategory: 'normal' }
    expect(await client.putTaxSettings({ tenant, ...said }, as(tenant))).toMatchObject({
      ...said,
      shippingCategory: 'normal',
    })
    await put(tenant, vat)
    const answer = await calculate(tenant, { country: 'DE' }, [
      { amountCents: 500n, isShipping: true },
    ])
    expect(answer.tax).toMatchObject({ amountCents: 95n })
  })
})
