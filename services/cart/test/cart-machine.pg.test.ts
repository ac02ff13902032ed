import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addVariant, type Bed, startCart } from './cart-harness.ts'
import { commands, ModelRun } from './cart-model.ts'

let bed: Bed
let variants: string[]
beforeAll(async () => {
  bed = await startCart()
  variants = [await addVariant(bed), await addVariant(bed), await addVariant(bed)]
})
afterAll(() => bed?.close())

test('whatever is done to a guest’s cart and a person’s own, they hold what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const run = await ModelRun.start(bed, variants)
      for (const command of sequence) {
        expect(await run.do(command)).toEqual([])
        const { found, wanted } = await run.compare()
        expect(found).toEqual(wanted)
      }
    }),
    { numRuns: 60 },
  )
}, 120_000)
