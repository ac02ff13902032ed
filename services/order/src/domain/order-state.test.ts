import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isLegal, type OrderState, transitions } from './order-state.ts'

const states = Object.keys(transitions) as OrderState[]

test('the constraint of the database is the same table', () => {
  const sql = readFileSync(new URL('../../migrations/0010-moves.sql', import.meta.url), 'utf8')
  const moves = /return \(p_from, p_to\) in \(([\s\S]*?)\n {2}\);/.exec(sql)?.[1] ?? ''
  const inSql = [...moves.matchAll(/\('(\w+)', '(\w+)'\)/g)].map(([, from, to]) => [from, to])
  const inCode = states.flatMap((from) => transitions[from].map((to) => [from, to]))
  expect(inSql.toSorted()).toEqual(inCode.toSorted())
})

test('nothing leads back but a parcel that was refused, and nothing out of the last three', () => {
  for (const from of states)
    for (const to of states) {
      const isRefusal = from === 'fulfilling' && to === 'paid'
      if (isLegal(from, to) && !isRefusal) {
        expect(isLegal(to, from)).toBe(from === 'paid' && to === 'fulfilling')
      }
    }
  for (const last of ['canceled', 'refunded', 'returned'] as const) {
    expect(transitions[last]).toEqual([])
  }
})
