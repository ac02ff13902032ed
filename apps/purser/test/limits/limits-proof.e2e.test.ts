import { afterAll, beforeAll, expect, test } from 'vitest'
import { proveLimits } from './limits-proof.ts'
import { openProof, type ProofBed } from './proof-bed.ts'
import { faultAtEdges } from './proof-edges.ts'
import { faultAfterCrash, faultWhenAllAnswered } from './proof-faults.ts'
import { faultOf } from './proof-matrix.ts'

let bed: ProofBed
beforeAll(async () => {
  bed = await openProof()
})
afterAll(() => bed.close())

test('a small proof finds no fault', async () => {
  const { lines, table } = await proveLimits(bed, {
    matrix: { processes: [1, 3], limits: [10, 300], loads: [0.9, 1, 2] },
    faultLimit: 1_000,
    edges: { limit: 40, windowSeconds: 2, windows: 2 },
  })
  expect(lines.filter(({ fault }) => fault !== undefined)).toEqual([])
  expect(lines).toHaveLength(9)
  expect(table.split('\n')).toHaveLength(2 + 4)
})

/** The checks see what they are there to see. */
test('faults are found', () => {
  const cell = {
    window: 'fixed' as const,
    processes: 3,
    limit: 100,
    load: 2,
    requests: 200,
    admitted: 100,
    failed: 0,
    recorded: 100,
    counted: 100,
  }
  expect(faultOf(cell)).toBeUndefined()
  for (const wrong of [
    { recorded: 101 },
    { admitted: 99 },
    { counted: 99 },
    { failed: 1 },
    { admitted: 98, recorded: 98, counted: 98 },
  ]) {
    expect(faultOf({ ...cell, ...wrong })).toBeDefined()
  }
  const crash = { limit: 100, acknowledged: 99, recorded: 100, counted: 100 }
  expect(faultAfterCrash(crash)).toBeUndefined()
  expect(faultWhenAllAnswered(crash)).toBeDefined()
  expect(faultWhenAllAnswered({ ...crash, acknowledged: 100 })).toBeUndefined()
  for (const wrong of [{ recorded: 101, counted: 101 }, { acknowledged: 101 }, { counted: 99 }]) {
    expect(faultAfterCrash({ ...crash, ...wrong })).toBeDefined()
  }
  const edges = { limit: 10, most: 10, admitted: 40, due: 40 }
  expect(faultAtEdges(edges)).toBeUndefined()
  expect(faultAtEdges({ ...edges, most: 11 })).toBeDefined()
  expect(faultAtEdges({ ...edges, admitted: 39 })).toBeDefined()
})
