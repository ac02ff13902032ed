import { isPurserError } from '@purser/kernel'
import { StockPolicy } from '@purser/contracts/catalog/v1/product'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addStocked,
  as,
  type Catalog,
  reserve,
  startCatalog,
  stockFaults,
  TENANT,
} from '../catalog-harness.ts'

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
})
afterAll(() => bed?.close())

const units = fc.integer({ min: 1, max: 6 })
const id = fc.integer({ min: 0, max: 4 })
const command = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), id, units, both: fc.boolean() }),
  fc.record({ kind: fc.constant('commit' as const), id }),
  fc.record({ kind: fc.constant('release' as const), id }),
  fc.record({ kind: fc.constant('restock' as const), id, units }),
  fc.record({ kind: fc.constant('adjust' as const), units: fc.integer({ min: -4, max: 6 }) }),
  fc.record({ kind: fc.constant('set' as const), units: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant('wait' as const) }),
  fc.record({ kind: fc.constant('job' as const) }),
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

let runs = 0

test('whatever happens, counters are the sums of their rows and within their bounds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 3, maxLength: 18 }), async (commands) => {
      runs += 1
      const strict = await addStocked(bed, 5)
      const loose = await addStocked(bed, 2, { stockPolicy: StockPolicy.BACKORDER })
      for (const each of commands) await run(each, `${runs}`, strict, loose)
      expect(await stockFaults(bed)).toEqual([])
    }),
    { numRuns: 25, endOnFailure: true },
  )
})

async function run(each: Command, mark: string, strict: string, loose: string): Promise<void> {
  const { catalog } = bed
  const nameOf = (number: number) => `r-${mark}-${number}`
  const place = { tenant: TENANT, variantId: strict, locationId: 'main' }
  const work = {
    reserve: (c: Extract<Command, { kind: 'reserve' }>) =>
      reserve(catalog, nameOf(c.id), c.both ? [strict, loose] : [loose], {
        quantity: BigInt(c.units),
      }),
    commit: (c: Extract<Command, { kind: 'commit' }>) =>
      catalog.commitReservation(
        { tenant: TENANT, reservationId: nameOf(c.id), orderId: `o-${nameOf(c.id)}` },
        as(),
      ),
    release: (c: Extract<Command, { kind: 'release' }>) =>
      catalog.releaseReservation({ tenant: TENANT, reservationId: nameOf(c.id) }, as()),
    restock: (c: Extract<Command, { kind: 'restock' }>) =>
      catalog.restock(
        {
          tenant: TENANT,
          orderId: `o-${nameOf(c.id)}`,
          restockId: `back-${nameOf(c.id)}-${c.units}`,
          lines: [{ variantId: loose, quantity: BigInt(c.units) }],
        },
        as(),
      ),
    adjust: (c: Extract<Command, { kind: 'adjust' }>) =>
      catalog.adjustStock({ ...place, quantity: BigInt(c.units) }, as()),
    set: (c: Extract<Command, { kind: 'set' }>) =>
      catalog.setStock({ ...place, onHand: BigInt(c.units) }, as()),
    wait: async () => bed.clock.advance({ minutes: 8 }),
    job: () => bed.releaseDue(),
  }
  try {
    await work[each.kind](each as never)
  } catch (error) {
    // A refusal is an answer; a bug or a broken constraint is not.
    if (!isPurserError(error) || error.kind === 'internal') throw error
  }
}

test('the database itself refuses to sell what is not there, and to change the ledger', async () => {
  const variantId = await addStocked(bed, 1)
  const set = (what: string) =>
    bed.adminQuery(`update catalog.stock_level set ${what} where variant_id = $1`, [variantId])
  await expect(set('reserved = 2')).rejects.toThrow('stock_level_never_oversold')
  await expect(set('reserved = -1')).rejects.toThrow('stock_level_never_oversold')
  await expect(set('on_hand = -1')).rejects.toThrow('stock_level_never_oversold')
  await expect(set('owed = -1')).rejects.toThrow('stock_level_beyond')
  const asService = (text: string) =>
    bed.database.tx(TENANT, (tx) => tx.execute({ name: `catalog.test_${text.length}`, text }))
  await expect(asService('update stock_movement set on_hand = 0')).rejects.toThrow(
    'permission denied',
  )
  await expect(asService('delete from stock_movement')).rejects.toThrow('permission denied')
})

test('low stock is told once for each crossing', async () => {
  const variantId = await addStocked(bed, 5)
  const low = async () =>
    (
      await bed.adminQuery<{ payload: { available: number } }>(
        `select payload from catalog.outbox where subject = 'stock.low' and payload ->> 'variant_id' = $1 order by seq`,
        [variantId],
      )
    ).map(({ payload }) => payload.available)
  const place = { tenant: TENANT, variantId, locationId: 'main' }
  await bed.catalog.setStock({ ...place, onHand: 5n, lowStockThreshold: 2n }, as())
  await reserve(bed.catalog, 'low-1', [variantId], { quantity: 2n })
  expect(await low()).toEqual([])
  await reserve(bed.catalog, 'low-2', [variantId])
  await reserve(bed.catalog, 'low-3', [variantId])
  expect(await low()).toEqual([2])
  await bed.catalog.commitReservation(
    { tenant: TENANT, reservationId: 'low-2', orderId: 'low' },
    as(),
  )
  expect(await low()).toEqual([2])
  await bed.catalog.adjustStock({ ...place, quantity: 10n }, as())
  await reserve(bed.catalog, 'low-4', [variantId], { quantity: 10n })
  expect(await low()).toEqual([2, 1])
})

test('operators: a first count, arrivals and losses, and nothing below what is reserved', async () => {
  const variantId = await addStocked(bed, 3)
  await reserve(bed.catalog, 'kept', [variantId], { quantity: 2n })
  const place = { tenant: TENANT, variantId, locationId: 'main' }
  await expect(bed.catalog.setStock({ ...place, onHand: 1n }, as())).rejects.toMatchObject({
    code: 'catalog.stock_reserved',
  })
  await expect(bed.catalog.adjustStock({ ...place, quantity: -2n }, as())).rejects.toMatchObject({
    code: 'catalog.stock_reserved',
  })
  await expect(
    bed.catalog.adjustStock({ ...place, quantity: 1n, variantId: 'var_none' }, as()),
  ).rejects.toMatchObject({ code: 'resource.not_found' })
  await expect(
    bed.catalog.setStock({ ...place, lowStockThreshold: 5n }, as()),
  ).rejects.toMatchObject({
    code: 'request.invalid',
    fields: [{ field: 'on_hand', message: 'is required' }],
  })
  const answer = await bed.catalog.adjustStock({ ...place, quantity: -1n, reason: 'broken' }, as())
  expect(answer).toMatchObject({ onHand: 2n, reserved: 2n, available: 0n })
  const { movements, nextPageToken } = await bed.catalog.listMovements(
    { tenant: TENANT, variantId, pageSize: 2 },
    as(),
  )
  expect(movements.map(({ onHand, reason }) => [onHand, reason])).toEqual([
    [-1n, 'broken'],
    [0n, ''],
  ])
  const rest = await bed.catalog.listMovements(
    { tenant: TENANT, variantId, pageToken: nextPageToken },
    as(),
  )
  expect(rest.movements).toMatchObject([{ onHand: 3n }])
})

test('a shelf is counted empty, and nothing is taken from an empty one', async () => {
  const place = { tenant: TENANT, variantId: await addStocked(bed, 3), locationId: 'main' }
  expect(await bed.catalog.setStock({ ...place, onHand: 0n }, as())).toMatchObject({ onHand: 0n })
  await expect(bed.catalog.adjustStock({ ...place, quantity: -5n }, as())).rejects.toMatchObject({
    code: 'catalog.out_of_stock',
    message: 'No more than 0 units are there.',
  })
})
