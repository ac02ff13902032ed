import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { as, asPerson, RateBasis, type ShippingBed, startBed } from './shipping-harness.ts'

let bed: ShippingBed
let shipping: ReturnType<ShippingBed['createProcess']>['shipping']

beforeAll(async () => {
  bed = await startBed()
  shipping = bed.createProcess().shipping
})
afterAll(() => bed.close())

type Areas = { country?: string; region?: string; postalPrefix?: string }[]

const putZone = (zoneKey: string, areas: Areas, tenant = 'acme') =>
  shipping.putZone({ tenant, zoneKey, title: zoneKey, areas }, as(tenant))
const putMethod = (methodKey: string, changes: object = {}, tenant = 'acme') =>
  shipping.putMethod({ tenant, methodKey, title: methodKey, ...changes }, as(tenant))
const rate = (zoneKey: string, changes: object = {}) => ({
  zoneKey,
  currency: 'EUR',
  basis: RateBasis.WEIGHT,
  tiers: [{ upTo: 1_000n, priceCents: 500n }, { priceCents: 900n }],
  freeFromCents: 5_000n,
  ...changes,
})

describe('a zone', () => {
  test('is listed as it was answered, in its tenant alone, and replaced as a whole', async () => {
    const areas = [{ country: 'PT', region: ' PT-30', postalPrefix: '90-0 1' }]
    const put = await putZone('islands', [...areas, { country: 'ES' }])
    const { zones } = await shipping.listZones({ tenant: 'acme' }, as())
    expect(zones[0]?.areas).toContainEqual(put.areas[0])
    expect(put.areas[0]).toMatchObject({ region: '30', postalPrefix: '9001' })
    await putZone('islands', areas)
    const again = await shipping.listZones({ tenant: 'acme' }, as())
    expect(again.zones.map((zone) => zone.areas.length)).toEqual([1])
    expect((await shipping.listZones({ tenant: 'globex' }, as('globex'))).zones).toEqual([])
  })

  test('has no area of another one, also when both come at once', async () => {
    const both = await Promise.allSettled([
      putZone('one', [{ country: 'FR' }, { country: 'DE' }]),
      putZone('two', [{ country: 'DE' }, { country: 'FR' }]),
    ])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect(putZone('three', [{ country: 'FR' }])).rejects.toMatchObject({
      code: 'shipping.area_taken',
    })
    await putZone('theirs', [{ country: 'FR' }], 'globex')
  })

  test.each([
    ['an area twice', [{ country: 'AT' }, { country: 'AT' }]],
    [
      'an area twice in other words',
      [
        { country: 'AT', postalPrefix: '1 0' },
        { country: 'AT', postalPrefix: '10' },
      ],
    ],
    ['a region of the world', [{ region: 'gozo' }]],
    ['no area', []],
    ['a country that is none', [{ country: 'Malta' }]],
    ['a country that nobody knows', [{ country: 'XX' }]],
    ['a region that is no code', [{ country: 'US', region: 'Hawaii' }]],
  ])('is refused with %s', async (_, areas) => {
    await expect(putZone('bad', areas)).rejects.toMatchObject({ code: 'request.invalid' })
  })

  test('stays while a method has a rate for it', async () => {
    await putZone('used', [{ country: 'IT' }])
    await putMethod('using', { rates: [rate('used')] })
    const remove = () => shipping.deleteZone({ tenant: 'acme', zoneKey: 'used' }, as())
    await expect(remove()).rejects.toMatchObject({ code: 'shipping.zone_in_use' })
    await shipping.deleteMethod({ tenant: 'acme', methodKey: 'using' }, as())
    await remove()
    await expect(remove()).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

describe('a method', () => {
  test('is listed as it was answered, in its tenant alone, and replaced as a whole', async () => {
    await putZone('here', [{ country: 'MT' }])
    const rates = [rate('here'), rate('here', { currency: 'USD', freeFromCents: undefined })]
    const put = await putMethod('post', { rates, position: 3 })
    expect(put).toMatchObject({ carrier: 'sandbox', carrierService: 'standard', isActive: true })
    const list = async (tenant = 'acme') =>
      (await shipping.listMethods({ tenant }, as(tenant))).methods
    expect(await list()).toEqual([put])
    const other = await putMethod('post', { rates: rates.slice(1), isActive: false })
    expect(other.rates).toHaveLength(1)
    expect(await list()).toEqual([other])
    expect(await list('globex')).toEqual([])
  })

  test('that is not offered is in no quote, cheaper ones come first', async () => {
    const flat = (priceCents: bigint) => ({ rates: [rate('here', { tiers: [{ priceCents }] })] })
    await putMethod('dear', flat(900n))
    await putMethod('cheap', flat(100n))
    await putMethod('also-cheap', { ...flat(100n), position: 1 })
    await putMethod('resting', { ...flat(1n), isActive: false })
    const lines = [{ quantity: 1n, amount: { amountCents: 100n, currency: 'EUR' } }]
    const request = { tenant: 'acme', currency: 'EUR', address: { country: 'MT' }, lines }
    const { quotes } = await shipping.quoteShipping(request, as())
    expect(quotes.map(({ methodKey }) => methodKey)).toEqual(['cheap', 'also-cheap', 'dear'])
  })

  test.each([
    ['an unknown zone', { rates: [rate('nowhere')] }],
    ['an unknown carrier', { carrier: 'pigeon' }],
    ['a service that the carrier does not know', { carrierService: 'nope' }],
    ['falling steps', { rates: [rate('here', { tiers: [{ upTo: 2n }, { upTo: 1n }] })] }],
    ['two rates for a zone', { rates: [rate('here'), rate('here')] }],
  ])('is refused with %s', async (_, changes) => {
    await expect(putMethod('bad', changes)).rejects.toMatchObject({
      code: 'shipping.invalid_method',
    })
  })

  test.each([
    ['no steps', { rates: [rate('here', { tiers: [] })] }],
    ['a negative price', { rates: [rate('here', { tiers: [{ priceCents: -1n }] })] }],
    ['an unknown currency', { rates: [rate('here', { currency: 'XXQ' })] }],
  ])('breaks the contract with %s', async (_, changes) => {
    await expect(putMethod('bad', changes)).rejects.toMatchObject({ kind: 'invalid_argument' })
  })

  test('that is not there cannot be removed', async () => {
    const remove = shipping.deleteMethod({ tenant: 'acme', methodKey: 'never' }, as())
    await expect(remove).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

test('there is an end to zones and methods', async () => {
  const tenant = 'crowded'
  await bed.database.adminQuery(
    `insert into shipping.zone select $1, 'z' || n, 'z' from generate_series(1, 200) as n`,
    [tenant],
  )
  await bed.database.adminQuery(
    `insert into shipping.method
     select $1, 'm' || n, 'm', 'sandbox', 'standard', true, 0 from generate_series(1, 100) as n`,
    [tenant],
  )
  const tooMany = { code: 'shipping.too_many' }
  await expect(putZone('more', [{ country: 'MT' }], tenant)).rejects.toMatchObject(tooMany)
  await expect(putMethod('more', {}, tenant)).rejects.toMatchObject(tooMany)
  await putZone('z1', [{ country: 'MT' }], tenant)
  await putMethod('m1', {}, tenant)
})

test('whoever changes them is kept in the audit log', async () => {
  const request = { tenant: 'acme', zoneKey: 'audited', title: 'A', areas: [{ country: 'SE' }] }
  await shipping.putZone(request, asPerson('usr_ann'))
  const acts = `select count(*) from shipping.outbox where subject = 'audit.recorded'
    and payload -> 'object' ->> 'zone_key' = 'audited'`
  expect(await bed.count(acts)).toBe(1)
})
