import type { Client } from '@connectrpc/connect'
import { RateBasis } from '@purser/contracts/shipping/v1/method'
import type { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { asService } from '@purser/rpc'
import { DEMO_TENANT } from './seed.ts'

const CURRENCIES = ['EUR', 'USD'] as const

/** Members of the European Union, by ISO 3166-1 code. */
const EUROPEAN_UNION =
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'

type ZoneKey = 'home' | 'europe' | 'world'

const zones: Record<ZoneKey, { title: string; areas: { country?: string }[] }> = {
  home: { title: 'Malta', areas: [{ country: 'MT' }] },
  europe: {
    title: 'European Union',
    areas: EUROPEAN_UNION.split(' ').flatMap((country) => (country === 'MT' ? [] : [{ country }])),
  },
  world: { title: 'Rest of the world', areas: [{}] },
}

/** Grams and prices, of which the last holds for anything heavier. */
type WeightPrices = Record<ZoneKey, readonly [upTo: bigint | undefined, priceCents: bigint][]>

const standard: WeightPrices = {
  home: [
    [2_000n, 390n],
    [undefined, 690n],
  ],
  europe: [
    [2_000n, 790n],
    [undefined, 1_490n],
  ],
  world: [
    [2_000n, 1_990n],
    [undefined, 3_990n],
  ],
}

const express: WeightPrices = {
  home: [[undefined, 1_290n]],
  europe: [
    [2_000n, 1_990n],
    [undefined, 2_990n],
  ],
  world: [
    [2_000n, 3_990n],
    [undefined, 6_990n],
  ],
}

const methods = {
  standard: {
    title: 'Standard delivery',
    position: 0,
    prices: standard,
    freeFromCents: 10_000n,
  },
  express: {
    title: 'Express delivery',
    position: 1,
    prices: express,
    freeFromCents: undefined,
  },
} as const

/**
 * Makes sure that the demo tenant delivers: three zones and the methods `standard`, free from 100, and
 * `express`, by weight. What is there already stays as it is.
 */
export async function seedShipping(shipping: Client<typeof ShippingService>): Promise<void> {
  const tenant = DEMO_TENANT
  const options = asService('seed', tenant)
  const known = await shipping.listMethods({ tenant }, options)
  // Methods come last: where there is one, zones were there once.
  if (known.methods.length > 0) return
  await Promise.all(
    Object.entries(zones).map(([zoneKey, zone]) =>
      shipping.putZone({ tenant, zoneKey, ...zone }, options),
    ),
  )
  await Promise.all(
    Object.entries(methods).map(([methodKey, { prices, freeFromCents, ...method }]) => {
      const rates = ratesOf(prices, freeFromCents)
      const changes = { ...method, carrierService: methodKey, rates }
      return shipping.putMethod({ tenant, methodKey, ...changes }, options)
    }),
  )
}

function ratesOf(prices: WeightPrices, freeFromCents: bigint | undefined) {
  return Object.entries(prices).flatMap(([zoneKey, tiers]) =>
    CURRENCIES.map((currency) => ({
      zoneKey,
      currency,
      basis: RateBasis.WEIGHT,
      tiers: tiers.map(([upTo, priceCents]) => ({ priceCents, ...(upTo && { upTo }) })),
      ...(freeFromCents && { freeFromCents }),
    })),
  )
}
