import { isPurserError } from '@purser/kernel'
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
let processes: Catalog['catalog'][]
beforeAll(async () => {
  bed = await startCatalog()
  processes = [bed.catalog, bed.another(), bed.another(), bed.another()]
})
afterAll(() => bed?.close())

/** What each of the calls came to: 'done' or the code of its refusal, counted. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { status, ...settled } of await Promise.allSettled(calls)) {
    const reason = 'reason' in settled ? settled.reason : undefined
    const key =
      status === 'fulfilled' ? 'done' : isPurserError(reason) ? reason.code : String(reason)
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

const processOf = (index: number, count: number) => processes[index % count] ?? bed.catalog

test.each([1, 2, 4])(
  '200 buyers for 50 units, %i processes: exactly 50, and nothing unsold',
  async (count) => {
    const variantId = await addStocked(bed, 50)
    const calls = Array.from({ length: 200 }, async (_, index) => {
      const process = processOf(index, count)
      const reservationId = `of-${count}-${index}`
      await reserve(process, reservationId, [variantId])
      await process.commitReservation(
        { tenant: TENANT, reservationId, orderId: reservationId },
        as(),
      )
    })
    expect(await outcomes(calls)).toEqual({ done: 50, 'catalog.out_of_stock': 150 })
    const { levels } = await bed.catalog.listStock({ tenant: TENANT, variantId }, as())
    expect(levels).toMatchObject([{ onHand: 0n, reserved: 0n, available: 0n }])
    expect(await stockFaults(bed)).toEqual([])
  },
)

test.each([1, 2, 4])('the last unit, 20 buyers, %i processes: one has it', async (count) => {
  const variantId = await addStocked(bed, 1)
  const calls = Array.from({ length: 20 }, (_, index) =>
    reserve(processOf(index, count), `last-${count}-${index}`, [variantId]),
  )
  expect(await outcomes(calls)).toEqual({ done: 1, 'catalog.out_of_stock': 19 })
})

test('the same call 20 times at once reserves once', async () => {
  const variantId = await addStocked(bed, 5)
  const calls = Array.from({ length: 20 }, (_, index) =>
    reserve(processOf(index, 4), 'same', [variantId], { quantity: 2n }),
  )
  expect(await outcomes(calls)).toEqual({ done: 20 })
  const { levels } = await bed.catalog.listStock({ tenant: TENANT, variantId }, as())
  expect(levels).toMatchObject([{ onHand: 5n, reserved: 2n }])
})

test('two orders with the same things in opposite order, 32 at once: no deadlock', async () => {
  const [a, b, c] = [
    await addStocked(bed, 100),
    await addStocked(bed, 100),
    await addStocked(bed, 100),
  ]
  const calls = Array.from({ length: 32 }, async (_, index) => {
    const process = processOf(index, 4)
    const reservationId = `crossed-${index}`
    await reserve(process, reservationId, index % 2 === 0 ? [a, b, c] : [c, b, a])
    if (index % 3 === 0) await process.releaseReservation({ tenant: TENANT, reservationId }, as())
    else
      await process.commitReservation(
        { tenant: TENANT, reservationId, orderId: reservationId },
        as(),
      )
  })
  expect(await outcomes(calls)).toEqual({ done: 32 })
  expect(await stockFaults(bed)).toEqual([])
})

test('buyers who free expired units, the job and late commits at once: every unit is somewhere', async () => {
  const ids = await Promise.all(Array.from({ length: 4 }, () => addStocked(bed, 4)))
  for (let index = 0; index < 6; index++) {
    await reserve(bed.catalog, `old-${index}`, ids.slice(index % 3, (index % 3) + 2))
  }
  bed.clock.advance({ minutes: 20 })
  const calls = [
    ...Array.from({ length: 12 }, (_, index) =>
      reserve(processOf(index, 4), `new-${index}`, index % 2 === 0 ? ids : ids.toReversed()),
    ),
    ...Array.from({ length: 6 }, (_, index) => {
      const wanted = { tenant: TENANT, reservationId: `old-${index}`, orderId: `late-${index}` }
      return processOf(index, 4).commitReservation(wanted, as())
    }),
    bed.releaseDue(),
    bed.releaseDue(),
  ]
  const counts = await outcomes(calls)
  const known = ['done', 'catalog.out_of_stock', 'catalog.reservation_ended']
  expect(Object.keys(counts).filter((code) => !known.includes(code))).toEqual([])
  expect(await stockFaults(bed)).toEqual([])
})
