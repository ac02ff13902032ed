import { ReservationState } from '@purser/contracts/catalog/v1/stock'
import { ProductStatus, StockPolicy } from '@purser/contracts/catalog/v1/product'
import { statement } from '@purser/postgres'
import { waitFor } from '@purser/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { reserveStock } from '../../src/stock/reserve-stock.ts'
import {
  addProduct,
  addStocked,
  as,
  type Catalog,
  NOW,
  reserve,
  startCatalog,
  stockFaults,
  TENANT,
  variant,
} from '../catalog-harness.ts'

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
})
afterEach(async () => {
  // oxlint-disable-next-line vitest/no-standalone-expect -- what must hold after every test
  expect(await stockFaults(bed)).toEqual([])
})
afterAll(() => bed?.close())

const level = async (variantId: string) => {
  const { levels } = await bed.catalog.listStock({ tenant: TENANT, variantId }, as())
  const [first] = levels
  return [first?.onHand, first?.reserved, first?.backordered, first?.owed]
}
const states = async (variantId: string) => {
  const { movements } = await bed.catalog.listMovements({ tenant: TENANT, variantId }, as())
  return movements.toReversed().map(({ kind, onHand, reserved }) => [kind, onHand, reserved])
}
const commit = (reservationId: string, orderId: string) =>
  bed.catalog.commitReservation({ tenant: TENANT, reservationId, orderId }, as())
const release = (reservationId: string) =>
  bed.catalog.releaseReservation({ tenant: TENANT, reservationId }, as())

test('a reservation prices its lines, holds units for 15 minutes, and the same id answers the same', async () => {
  const variantId = await addStocked(bed, 5)
  const first = await reserve(bed.catalog, 'r-1', [variantId], { quantity: 2n })
  expect(first.state).toBe(ReservationState.OPEN)
  expect(first.expireTime?.seconds).toBe(BigInt(NOW.add({ minutes: 15 }).epochMilliseconds / 1000))
  expect(first.lines).toMatchObject([
    {
      variantId,
      quantity: 2n,
      unitPrice: { amountCents: 1000n, currency: 'USD' },
      weightGrams: 500,
      taxCategory: 'standard',
      locations: [{ locationId: 'main', quantity: 2n, backordered: 0n }],
    },
  ])
  expect(await reserve(bed.catalog, 'r-1', [variantId], { quantity: 2n })).toEqual(first)
  expect(await level(variantId)).toEqual([5n, 2n, 0n, 0n])
  await expect(reserve(bed.catalog, 'r-1', [variantId], { quantity: 3n })).rejects.toMatchObject({
    code: 'catalog.reservation_mismatch',
  })
})

test('commit, release and restock count once', async () => {
  const variantId = await addStocked(bed, 5)
  await reserve(bed.catalog, 'r-2', [variantId], { quantity: 3n })
  await Promise.all(Array.from({ length: 5 }, () => commit('r-2', 'o-2')))
  expect(await level(variantId)).toEqual([2n, 0n, 0n, 0n])
  await expect(commit('r-2', 'o-other')).rejects.toMatchObject({
    code: 'catalog.reservation_ended',
  })
  await expect(release('r-2')).rejects.toMatchObject({ code: 'catalog.reservation_ended' })

  const back = (restockId: string, quantity: bigint) =>
    bed.catalog.restock(
      { tenant: TENANT, orderId: 'o-2', restockId, lines: [{ variantId, quantity }] },
      as(),
    )
  const answers = await Promise.all(Array.from({ length: 5 }, () => back('return-1', 2n)))
  expect(answers.filter(({ wasDoneNow }) => wasDoneNow)).toHaveLength(1)
  await expect(back('return-2', 2n)).rejects.toMatchObject({ code: 'catalog.nothing_to_restock' })
  await expect(back('return-1', 1n)).rejects.toMatchObject({
    code: 'catalog.reservation_mismatch',
  })
  await back('return-2', 1n)
  expect(await level(variantId)).toEqual([5n, 0n, 0n, 0n])
  expect(await states(variantId)).toHaveLength(5)

  await reserve(bed.catalog, 'r-3', [variantId], { quantity: 4n })
  await Promise.all(Array.from({ length: 5 }, () => release('r-3')))
  expect(await level(variantId)).toEqual([5n, 0n, 0n, 0n])
  await expect(commit('r-3', 'o-3')).rejects.toMatchObject({ code: 'catalog.reservation_ended' })
})

test('an id that is released before it is reserved reserves nothing', async () => {
  const variantId = await addStocked(bed, 1)
  expect((await release('r-early')).state).toBe(ReservationState.RELEASED)
  expect((await release('r-early')).state).toBe(ReservationState.RELEASED)
  await expect(reserve(bed.catalog, 'r-early', [variantId])).rejects.toMatchObject({
    code: 'catalog.reservation_ended',
  })
  expect(await level(variantId)).toEqual([1n, 0n, 0n, 0n])
})

test('refusals name the lines and reserve nothing of the others', async () => {
  const [plenty, last] = [await addStocked(bed, 9), await addStocked(bed, 1)]
  const draft = await addProduct(bed, { status: ProductStatus.DRAFT })
  const unpriced = await addStocked(bed, 9, { prices: [] })
  const draftId = draft.variants[0]?.variantId ?? ''
  const refused = (ids: string[]) =>
    // oxlint-disable-next-line vitest/valid-expect -- the callers name the matcher
    expect(reserve(bed.catalog, 'r-no', ids, { quantity: 2n })).rejects
  await refused([plenty, last]).toMatchObject({
    code: 'catalog.out_of_stock',
    fields: [{ field: 'lines[1].variant_id' }],
  })
  await refused([plenty, draftId, 'var_nobody']).toMatchObject({
    code: 'catalog.not_for_sale',
    fields: [{ field: 'lines[1].variant_id' }, { field: 'lines[2].variant_id' }],
  })
  await refused([unpriced]).toMatchObject({ code: 'catalog.price_missing' })
  await refused([plenty, plenty]).toMatchObject({ code: 'request.invalid' })
  expect(await level(plenty)).toEqual([9n, 0n, 0n, 0n])
})

test('what has expired goes to the next buyer in the same call, and by the job to nobody', async () => {
  const [wanted, other] = [await addStocked(bed, 1), await addStocked(bed, 1)]
  await reserve(bed.catalog, 'r-slow', [wanted, other])
  bed.clock.advance({ minutes: 14, seconds: 59 })
  await expect(reserve(bed.catalog, 'r-eager', [wanted])).rejects.toMatchObject({
    code: 'catalog.out_of_stock',
  })
  bed.clock.advance({ seconds: 1 })
  await reserve(bed.catalog, 'r-eager', [wanted])
  expect(await level(wanted)).toEqual([1n, 1n, 0n, 0n])
  expect(await level(other)).toEqual([1n, 1n, 0n, 0n])
  await expect(commit('r-slow', 'o-slow')).rejects.toMatchObject({
    code: 'catalog.reservation_ended',
    details: { state: 'expired' },
  })
  expect(await bed.releaseDue()).toBeGreaterThan(0)
  expect(await level(other)).toEqual([1n, 0n, 0n, 0n])
  expect(await bed.releaseDue()).toBe(0)
  expect((await release('r-slow')).state).toBe(ReservationState.EXPIRED)
  await commit('r-eager', 'o-eager')
})

test('an expired reservation that nobody took from can still be committed', async () => {
  const variantId = await addStocked(bed, 2)
  await reserve(bed.catalog, 'r-late', [variantId])
  bed.clock.advance({ minutes: 30 })
  expect((await commit('r-late', 'o-late')).state).toBe(ReservationState.COMMITTED)
  expect(await level(variantId)).toEqual([1n, 0n, 0n, 0n])
})

test('a buyer takes over no more than they need: while there is enough, late commits succeed', async () => {
  const variantId = await addStocked(bed, 3)
  const stockPolicy = StockPolicy.UNTRACKED
  const service = await addProduct(bed, { variants: [variant({ stockPolicy })] })
  const serviceId = service.variants[0]?.variantId ?? ''
  await reserve(bed.catalog, 'r-unhurried', [variantId, serviceId])
  bed.clock.advance({ minutes: 16 })
  await reserve(bed.catalog, 'r-next', [variantId, serviceId], { quantity: 2n })
  expect(await level(variantId)).toEqual([3n, 3n, 0n, 0n])
  expect((await commit('r-unhurried', 'o-unhurried')).state).toBe(ReservationState.COMMITTED)
  await reserve(bed.catalog, 'r-service', [serviceId], { quantity: 9n })
  await commit('r-next', 'o-next')
  expect(await level(variantId)).toEqual([0n, 0n, 0n, 0n])
})

test.each(['release', 'commit'])(
  'a %s that overtakes the answer of its reservation finds it whole',
  async (what) => {
    const variantId = await addStocked(bed, 2)
    const now = bed.clock.now()
    const request = {
      reservationId: `r-overtaken-${what}`,
      currency: 'USD',
      priceListKey: '',
      lines: [{ variantId, quantity: 1 }],
      expireAt: now.add({ minutes: 15 }),
    }
    const isWaiting = async () =>
      (
        await bed.adminQuery(
          `select from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '%reservation%'`,
        )
      ).length > 0
    let overtaking: Promise<unknown> = Promise.resolve()
    await bed.database.tx(TENANT, async (tx) => {
      // Whoever comes now sees no levels of the reservation, then waits, then sees the reservation.
      await tx.execute(
        statement('catalog.test_lock', 'lock table reservation in exclusive mode'),
        [],
      )
      overtaking =
        what === 'commit'
          ? commit(request.reservationId, 'o-overtaken')
          : release(request.reservationId)
      await waitFor(isWaiting)
      await reserveStock(tx, TENANT, request, now)
    })
    await overtaking
    expect(await level(variantId)).toEqual(what === 'commit' ? [1n, 0n, 0n, 0n] : [2n, 0n, 0n, 0n])
  },
)

test('a back-order promises beyond what is there, owes what is sold, and is settled by what comes in', async () => {
  const stockPolicy = StockPolicy.BACKORDER
  const variantId = await addStocked(bed, 2, { stockPolicy })
  await reserve(bed.catalog, 'r-back', [variantId], { quantity: 5n })
  expect(await level(variantId)).toEqual([2n, 2n, 3n, 0n])
  await commit('r-back', 'o-back')
  expect(await level(variantId)).toEqual([0n, 0n, 0n, 3n])
  const receive = { tenant: TENANT, variantId, locationId: 'main', quantity: 4n }
  await bed.catalog.adjustStock(receive, as())
  expect(await level(variantId)).toEqual([1n, 0n, 0n, 0n])
})

test('a count is what it says, however often it is said, and settles nothing that is owed', async () => {
  const variantId = await addStocked(bed, 0, { stockPolicy: StockPolicy.BACKORDER })
  await reserve(bed.catalog, 'r-owed', [variantId], { quantity: 3n })
  await commit('r-owed', 'o-owed')
  const counted = { tenant: TENANT, variantId, locationId: 'main', onHand: 10n }
  for (let times = 0; times < 3; times += 1) await bed.catalog.setStock(counted, as())
  expect(await level(variantId)).toEqual([10n, 0n, 0n, 3n])
  expect(await states(variantId)).toHaveLength(4)
  const much = { tenant: TENANT, variantId, locationId: 'main', quantity: 1_000_000_000n }
  await bed.adminQuery(
    'update catalog.stock_level set on_hand = 999999999999 where variant_id = $1',
    [variantId],
  )
  await expect(bed.catalog.adjustStock(much, as())).rejects.toMatchObject({
    code: 'request.invalid',
  })
  await bed.adminQuery('update catalog.stock_level set on_hand = 10 where variant_id = $1', [
    variantId,
  ])
})

test('units come from the first location, then the next; services are not counted', async () => {
  const variantId = await addStocked(bed, 2)
  const far = { tenant: TENANT, locationId: 'far', title: 'Far', position: 5 }
  await bed.catalog.putLocation(far, as())
  await bed.catalog.setStock({ tenant: TENANT, variantId, locationId: 'far', onHand: 9n }, as())
  const stockPolicy = StockPolicy.UNTRACKED
  const service = await addProduct(bed, { variants: [variant({ stockPolicy })] })
  const serviceId = service.variants[0]?.variantId ?? ''
  const { lines } = await reserve(bed.catalog, 'r-two', [variantId, serviceId], { quantity: 3n })
  expect(lines.map(({ locations }) => locations)).toMatchObject([
    [
      { locationId: 'main', quantity: 2n },
      { locationId: 'far', quantity: 1n },
    ],
    [],
  ])
  await commit('r-two', 'o-two')
  const lines2 = [{ variantId: serviceId, quantity: 4n }]
  await expect(
    bed.catalog.restock({ tenant: TENANT, orderId: 'o-two', lines: lines2 }, as()),
  ).rejects.toMatchObject({ code: 'catalog.nothing_to_restock' })
})
