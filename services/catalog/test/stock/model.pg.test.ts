import { isPurserError } from '@purser/kernel'
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
import { StockModel } from './stock-model.ts'

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
})
afterAll(() => bed?.close())

const id = fc.integer({ min: 0, max: 4 })
const units = fc.integer({ min: 1, max: 4 })
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('reserve' as const), id, units }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restock' as const), id, units }) },
  fc.record({ kind: fc.constant('adjust' as const), units: fc.integer({ min: -4, max: 4 }) }),
  fc.record({ kind: fc.constant('set' as const), units: fc.integer({ min: 0, max: 8 }) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
  fc.record({ kind: fc.constant('job' as const) }),
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

let runs = 0

test('every command answers and counts as the model says, and the ledger adds up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 25 }), async (commands) => {
      runs += 1
      const variantId = await addStocked(bed, 5)
      const model = new StockModel(5)
      for (const each of commands) {
        const expected = foretell(model, each)
        expect([each, await outcomeOf(each, variantId)]).toEqual([each, expected])
        const { levels } = await bed.catalog.listStock({ tenant: TENANT, variantId }, as())
        expect([each, Number(levels[0]?.onHand), Number(levels[0]?.reserved)]).toEqual([
          each,
          model.onHand,
          model.reserved,
        ])
      }
      expect(await stockFaults(bed)).toEqual([])
    }),
    { numRuns: 30, endOnFailure: true },
  )
})

function foretell(model: StockModel, each: Command): string {
  switch (each.kind) {
    case 'reserve':
      return model.reserve(each.id, each.units)
    case 'commit':
      return model.commit(each.id)
    case 'release':
      return model.release(each.id)
    case 'restock':
      return model.restock(each.id, each.units)
    case 'adjust':
      return each.units === 0 ? 'request.invalid' : model.count(model.onHand + each.units)
    case 'set':
      return model.count(each.units)
    case 'wait':
      return model.wait(8)
    case 'job':
      return model.expire()
  }
}

/** 'done', or the code of the refusal. */
async function outcomeOf(each: Command, variantId: string): Promise<string> {
  try {
    await run(each, variantId)
    return 'done'
  } catch (error) {
    if (!isPurserError(error)) throw error
    return error.code
  }
}

async function run(each: Command, variantId: string): Promise<unknown> {
  const { catalog } = bed
  const nameOf = (number: number) => `m-${runs}-${number}`
  const place = { tenant: TENANT, variantId, locationId: 'main' }
  switch (each.kind) {
    case 'reserve':
      return await reserve(catalog, nameOf(each.id), [variantId], { quantity: BigInt(each.units) })
    case 'commit': {
      const reservationId = nameOf(each.id)
      const sale = { tenant: TENANT, reservationId, orderId: `o-${reservationId}` }
      return await catalog.commitReservation(sale, as())
    }
    case 'release':
      return await catalog.releaseReservation(
        { tenant: TENANT, reservationId: nameOf(each.id) },
        as(),
      )
    case 'restock': {
      const lines = [{ variantId, quantity: BigInt(each.units) }]
      const restockId = `back-${nameOf(each.id)}-${each.units}`
      const back = { tenant: TENANT, orderId: `o-${nameOf(each.id)}`, restockId, lines }
      return await catalog.restock(back, as())
    }
    case 'adjust':
      return await catalog.adjustStock({ ...place, quantity: BigInt(each.units) }, as())
    case 'set':
      return await catalog.setStock({ ...place, onHand: BigInt(each.units) }, as())
    case 'wait':
      return bed.clock.advance({ minutes: 8 })
    case 'job':
      return await bed.releaseDue()
  }
}
