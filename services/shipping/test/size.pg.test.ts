import { afterAll, beforeAll, expect, test } from 'vitest'
import { as, openMalta, RateBasis, type ShippingBed, startBed } from './shipping-harness.ts'

const tenant = 'acme'
const currency = 'EUR'
let bed: ShippingBed
let shipping: ReturnType<ShippingBed['createProcess']>['shipping']
beforeAll(async () => {
  bed = await startBed()
  shipping = bed.createProcess().shipping
  await openMalta(shipping)
  const { methods } = await shipping.listMethods({ tenant }, as())
  for (const { methodKey } of methods) await shipping.deleteMethod({ tenant, methodKey }, as())
  const rate = {
    zoneKey: 'malta',
    currency,
    basis: RateBasis.PIECES,
    tiers: [{ priceCents: 900n }],
  }
  const put = (methodKey: string, changes: object) =>
    shipping.putMethod(
      { tenant, methodKey, title: methodKey, rates: [{ ...rate, ...changes }] },
      as(),
    )
  const litre = 1_000n
  const tiers = [
    { upTo: litre, priceCents: 100n },
    { upTo: 10n * litre, priceCents: 300n },
  ]
  await put('by-volume', { basis: RateBasis.VOLUME, tiers })
  await put('short', { maxSideMm: 600 })
  await put('slim', { maxLengthAndGirthMm: 1_500 })
})
afterAll(() => bed.close())

const address = { country: 'MT', city: 'Valletta', postalCode: 'VLT 1110' }

type Size = [lengthMm: number, widthMm: number, heightMm: number]
const lineOf = ([lengthMm, widthMm, heightMm]: Size, quantity = 1n) => ({
  quantity,
  weightGrams: 100n,
  amount: { amountCents: 1_000n, currency },
  dimensions: { lengthMm, widthMm, heightMm },
})
const unmeasured = { quantity: 50n, weightGrams: 100n, amount: { amountCents: 1_000n, currency } }

/** What each method that is offered costs, in cents. */
async function offered(...lines: object[]) {
  const { quotes } = await shipping.quoteShipping({ tenant, currency, address, lines }, as())
  const prices = quotes.map(({ methodKey, price }) => [methodKey, Number(price?.amountCents)])
  return Object.fromEntries(prices) as Record<string, number>
}

test('a rate by volume counts every unit, and is not offered beyond its last step', async () => {
  expect(await offered(lineOf([100, 100, 100]))).toMatchObject({ 'by-volume': 100 })
  expect(await offered(lineOf([100, 100, 100], 2n))).toMatchObject({ 'by-volume': 300 })
  expect(await offered(lineOf([100, 100, 100]), lineOf([1, 1, 1]))).toMatchObject({
    'by-volume': 300,
  })
  expect(await offered(lineOf([100, 100, 100], 11n))).toEqual({ short: 900, slim: 900 })
})

test('a method is not offered where one piece is too long or too thick, whichever side is which', async () => {
  expect(await offered(lineOf([600, 10, 10]))).toMatchObject({ short: 900, slim: 900 })
  expect(await offered(lineOf([10, 601, 10]), lineOf([1, 1, 1]))).not.toHaveProperty('short')
  // 500 + 2 * 250 + 2 * 250 = 1500
  expect(await offered(lineOf([250, 250, 500]))).toMatchObject({ slim: 900 })
  expect(await offered(lineOf([250, 251, 500]))).not.toHaveProperty('slim')
  // Many small pieces are no large one.
  expect(await offered(lineOf([250, 250, 100], 1n), lineOf([300, 300, 50], 2n))).toMatchObject({
    short: 900,
    slim: 900,
  })
})

test('what was not measured takes no room and fits everywhere', async () => {
  expect(await offered(unmeasured)).toEqual({ 'by-volume': 100, short: 900, slim: 900 })
})

test('a quote holds for goods of the size that was quoted', async () => {
  const asked = { tenant, currency, address }
  const lines = [lineOf([100, 100, 100])]
  const { quotes } = await shipping.quoteShipping({ ...asked, lines }, as())
  const confirming = { ...asked, quoteId: quotes[0]?.quoteId ?? '', orderId: 'measured' }
  for (const other of [lineOf([100, 100, 101]), { ...lineOf([1, 1, 1]), dimensions: undefined }]) {
    const { dimensions, ...line } = other
    const changed = { ...confirming, lines: [{ ...line, ...(dimensions && { dimensions }) }] }
    await expect(shipping.confirmQuote(changed, as())).rejects.toMatchObject({
      code: 'shipping.quote_mismatch',
    })
  }
  expect(await shipping.confirmQuote({ ...confirming, lines }, as())).toEqual(quotes[0])
})

test('what was put is listed, and limits are above 0', async () => {
  const { methods } = await shipping.listMethods({ tenant }, as())
  expect(methods.map(({ rates }) => rates[0])).toMatchObject([
    { basis: RateBasis.VOLUME, tiers: [{ upTo: 1_000n }, { upTo: 10_000n }] },
    { maxSideMm: 600 },
    { maxLengthAndGirthMm: 1_500 },
  ])
  const rates = [{ zoneKey: 'malta', currency, tiers: [{ priceCents: 1n }], maxSideMm: 0 }]
  const method = { tenant, methodKey: 'nothing', title: 'Nothing', rates }
  await expect(shipping.putMethod(method, as())).rejects.toMatchObject({ code: 'request.invalid' })
})
