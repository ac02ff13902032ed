import fc from 'fast-check'
import type { Database, Tx } from '@purser/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { as, openMalta, RateBasis, type ShippingBed, startBed } from './shipping-harness.ts'

let bed: ShippingBed
let shipping: ReturnType<ShippingBed['createProcess']>['shipping']
let statements = 0

/** Counts the statements of its transactions. */
function counting(database: Database): Database {
  const watch = (tx: Tx): Tx =>
    new Proxy(tx, {
      get: (target, name) => {
        if (name === 'query' || name === 'execute') statements += 1
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return {
    ...database,
    tx: (tenant, work, options) => database.tx(tenant, (tx) => work(watch(tx)), options),
  }
}

beforeAll(async () => {
  bed = await startBed()
  shipping = bed.createProcess({ database: counting(bed.database.database) }).shipping
  await openMalta(shipping)
})
afterAll(() => bed.close())

const eur = (amountCents: bigint) => ({ amountCents, currency: 'EUR' })
const toMalta = {
  lines: ['x'],
  city: 'Valletta',
  region: '',
  postalCode: 'VLT 1110',
  country: 'MT',
}

const asked = (changes: object = {}) => ({
  tenant: 'acme',
  currency: 'EUR',
  address: toMalta,
  lines: [{ quantity: 2n, weightGrams: 300n, amount: eur(1_500n) }],
  ...changes,
})

async function quoteOf(changes: object = {}) {
  const { quotes } = await shipping.quoteShipping(asked(changes), as())
  const [quote] = quotes
  if (quote === undefined) throw new Error('nothing delivers there')
  return quote
}

let orders = 0
const newOrder = () => `quoted-${++orders}`
const confirm = (quoteId: string, orderId: string, changes: object = {}) =>
  shipping.confirmQuote({ ...asked(changes), quoteId, orderId }, as())

describe('a quote', () => {
  test('takes two statements, and its confirmation one', async () => {
    statements = 0
    const quote = await quoteOf()
    expect(statements).toBe(2)
    expect(quote.price).toMatchObject(eur(500n))
    await confirm(quote.quoteId, newOrder())
    expect(statements).toBe(3)
  })

  test('is confirmed for several orders, and answers an order the same for good', async () => {
    const quote = await quoteOf()
    const [one, two] = [newOrder(), newOrder()]
    const first = await confirm(quote.quoteId, one)
    expect(first).toEqual(quote)
    expect(await confirm(quote.quoteId, two)).toEqual(quote)
    bed.clock.add({ hours: 1 })
    statements = 0
    expect(await confirm(quote.quoteId, one)).toEqual(quote)
    expect(statements).toBe(2)
  })

  test('expires at its time, exclusive', async () => {
    const quote = await quoteOf()
    bed.clock.add({ minutes: 29, seconds: 59 })
    await confirm(quote.quoteId, newOrder())
    bed.clock.add({ seconds: 1 })
    await expect(confirm(quote.quoteId, newOrder())).rejects.toMatchObject({
      code: 'shipping.quote_expired',
    })
  })

  test.each([
    ['more goods', { lines: [{ quantity: 3n, weightGrams: 300n, amount: eur(1_500n) }] }],
    ['a cheaper cart', { lines: [{ quantity: 2n, weightGrams: 300n, amount: eur(1_499n) }] }],
    ['a discount', { subtotal: eur(2_999n) }],
    ['another country', { address: { ...toMalta, country: 'IT' } }],
    ['another postal code', { address: { ...toMalta, postalCode: 'GZO 1' } }],
  ])('does not fit %s', async (_, changes) => {
    const quote = await quoteOf()
    const refused = { code: 'shipping.quote_mismatch' }
    const order = newOrder()
    await expect(confirm(quote.quoteId, order, changes)).rejects.toMatchObject(refused)
    await confirm(quote.quoteId, order)
    await expect(confirm(quote.quoteId, order, changes)).rejects.toMatchObject(refused)
  })

  test('fits another street, and lines in another order', async () => {
    const one = { quantity: 1n, weightGrams: 1n, amount: eur(1n) }
    const two = { quantity: 2n, weightGrams: 2n, amount: eur(2n) }
    const quote = await quoteOf({ lines: [one, two] })
    const address = { ...toMalta, lines: ['y'], city: 'Sliema', postalCode: 'vlt-1110' }
    const changes = { lines: [two, one], address }
    expect(await confirm(quote.quoteId, newOrder(), changes)).toEqual(quote)
  })

  test('is not confirmed for an order that has another one, nor unknown, nor of another tenant', async () => {
    const refused = { code: 'shipping.quote_mismatch' }
    const [one, two] = [await quoteOf(), await quoteOf()]
    const order = newOrder()
    await confirm(one.quoteId, order)
    await expect(confirm(two.quoteId, order)).rejects.toMatchObject(refused)
    await expect(confirm('quo_never', newOrder())).rejects.toMatchObject(refused)
    const theirs = { ...asked({ tenant: 'globex' }), quoteId: one.quoteId, orderId: 'order-x' }
    await expect(shipping.confirmQuote(theirs, as('globex'))).rejects.toMatchObject(refused)
  })

  test('twenty confirmations at once for one order are one', async () => {
    const quotes = await Promise.all([quoteOf(), quoteOf()])
    const order = newOrder()
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => confirm(quotes[n % 2]?.quoteId ?? '', order)),
    )
    const won = answers.flatMap((a) => (a.status === 'fulfilled' ? [a.value.quoteId] : []))
    expect(new Set(won).size).toBe(1)
    expect(won).toHaveLength(10)
  })

  test.each([
    ['no country', { address: { ...toMalta, country: '' } }],
    ['no goods', { lines: [] }],
    [
      'another currency',
      { lines: [{ quantity: 1n, amount: { amountCents: 1n, currency: 'USD' } }] },
    ],
    ['a negative amount', { lines: [{ quantity: 1n, amount: eur(-1n) }] }],
    ['a negative subtotal', { subtotal: eur(-1n) }],
  ])('is refused with %s', async (_, changes) => {
    await expect(shipping.quoteShipping(asked(changes), as())).rejects.toMatchObject({
      code: 'request.invalid',
    })
  })

  test('of another tenant or currency there is none', async () => {
    const usd = asked({
      currency: 'USD',
      lines: [{ quantity: 1n, amount: { amountCents: 1n, currency: 'USD' } }],
    })
    expect((await shipping.quoteShipping(usd, as())).quotes).toEqual([])
    const theirs = asked({ tenant: 'globex' })
    expect((await shipping.quoteShipping(theirs, as('globex'))).quotes).toEqual([])
  })
})

test('where areas go by regions, a region is named by its code, in any spelling of it', async () => {
  const tenant = 'regional'
  const putZone = async (zoneKey: string, areas: { country: string; region?: string }[]) =>
    await shipping.putZone({ tenant, zoneKey, title: 'Z', areas }, as(tenant))
  await putZone('states', [{ country: 'US' }, { country: 'CA' }])
  await putZone('islands', [{ country: 'US', region: 'US-HI' }])
  const tiers = [{ priceCents: 100n }]
  const rates = [{ zoneKey: 'states', currency: 'EUR', basis: RateBasis.PIECES, tiers }]
  await shipping.putMethod({ tenant, methodKey: 'm', title: 'M', rates }, as(tenant))
  const quotesTo = async (country: string, region: string) => {
    const address = { country, region }
    return (await shipping.quoteShipping(asked({ tenant, address }), as(tenant))).quotes.length
  }
  for (const region of ['HI', 'hi', ' US-HI']) expect(await quotesTo('US', region)).toBe(0)
  expect(await quotesTo('US', 'IL')).toBe(1)
  for (const region of ['Hawaii', '', 'CA-HI']) {
    await expect(quotesTo('US', region)).rejects.toMatchObject({
      code: 'request.invalid',
      message: 'address.region must be the code of a region of US, such as HI',
    })
  }
  for (const region of ['Ontario', '', 'ON']) expect(await quotesTo('CA', region)).toBe(1)
  await expect(quotesTo('XX', '')).rejects.toMatchObject({ code: 'request.invalid' })
})

type Area = { country: string; region: string; postalPrefix: string }

/** Every area of a place, the narrowest first: as the contract words it. */
function narrowest(areas: readonly Area[], to: Area): Area | undefined {
  const holding = areas.filter(
    (area) =>
      area.country === '' ||
      (area.country === to.country &&
        (area.region === '' || area.region === to.region) &&
        to.postalPrefix.startsWith(area.postalPrefix)),
  )
  const rank = ({ country, region, postalPrefix }: Area) =>
    postalPrefix.length * 4 + (region === '' ? 0 : 2) + (country === '' ? 0 : 1)
  return holding.toSorted((a, b) => rank(b) - rank(a))[0]
}

const places = fc.record({
  country: fc.constantFrom('PT', 'ES'),
  region: fc.constantFrom('', '20', '30'),
  postalPrefix: fc.constantFrom('', '9', '90', '900', '1'),
})
const world = { country: '', region: '', postalPrefix: '' }

test('the most specific area decides, and its zone alone is delivered to', async () => {
  const property = fc.asyncProperty(
    fc.uniqueArray(places, {
      minLength: 1,
      maxLength: 8,
      selector: (area) => JSON.stringify(area),
    }),
    fc.boolean(),
    places,
    async (some, hasWorld, to) => {
      const tenant = 'lawful'
      const areas = hasWorld ? [...some, world] : some
      const known = await shipping.listMethods({ tenant }, as(tenant))
      for (const { methodKey } of known.methods) {
        await shipping.deleteMethod({ tenant, methodKey }, as(tenant))
      }
      for (const { zoneKey } of (await shipping.listZones({ tenant }, as(tenant))).zones) {
        await shipping.deleteZone({ tenant, zoneKey }, as(tenant))
      }
      const rates = []
      for (const [index, area] of areas.entries()) {
        const zoneKey = `zone-${index}`
        await shipping.putZone({ tenant, zoneKey, title: 'Z', areas: [area] }, as(tenant))
        // Every other zone is not delivered to.
        const tiers = [{ priceCents: BigInt(index) }]
        if (index % 2 === 0)
          rates.push({ zoneKey, currency: 'EUR', basis: RateBasis.WEIGHT, tiers })
      }
      await shipping.putMethod({ tenant, methodKey: 'm', title: 'M', rates }, as(tenant))
      const address = { country: to.country, region: to.region, postalCode: to.postalPrefix }
      const asking = shipping.quoteShipping(asked({ tenant, address }), as(tenant))
      if (to.region === '' && areas.some((area) => area.country === to.country && area.region)) {
        await expect(asking).rejects.toMatchObject({ code: 'request.invalid' })
        return
      }
      const { quotes } = await asking
      const best = narrowest(areas, to)
      const index = best === undefined ? -1 : areas.indexOf(best)
      const prices = index >= 0 && index % 2 === 0 ? [BigInt(index)] : []
      expect(quotes.map(({ price }) => price?.amountCents)).toEqual(prices)
    },
  )
  await fc.assert(property, { numRuns: 40 })
}, 60_000)
