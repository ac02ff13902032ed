import { expect, test } from 'vitest'
import { OutageRules } from './outage-rules.ts'

const ann = { accountId: 'ann', featureKey: 'api' }

test('a rule is due until it was heard, and again a minute later; it stays known', () => {
  const rules = new OutageRules()
  expect([rules.isDue(ann, 0), rules.find(ann)]).toEqual([true, undefined])
  rules.hear(ann, 'open', 1_000)
  expect([rules.isDue(ann, 60_999), rules.isDue(ann, 61_000)]).toEqual([false, true])
  expect(rules.find(ann)).toBe('open')
  expect(rules.find({ ...ann, featureKey: 'other' })).toBeUndefined()
  rules.hear(ann, 'closed', 61_000)
  expect([rules.isDue(ann, 61_001), rules.find(ann)]).toEqual([false, 'closed'])
  rules.forget(ann)
  expect([rules.isDue(ann, 61_001), rules.find(ann)]).toEqual([true, undefined])
})

test('ten thousand are remembered, those that were heard last', () => {
  const rules = new OutageRules()
  rules.hear(ann, 'open', 0)
  const many = Array.from({ length: 9_999 }, (_, n) => ({ accountId: `a${n}`, featureKey: 'api' }))
  for (const subject of many) rules.hear(subject, 'closed', 0)
  rules.hear(ann, 'open', 1)
  rules.hear({ accountId: 'bob', featureKey: 'api' }, 'open', 2)
  expect(rules.find(ann)).toBe('open')
  expect(rules.find({ accountId: 'a0', featureKey: 'api' })).toBeUndefined()
  expect(rules.find({ accountId: 'a1', featureKey: 'api' })).toBe('closed')
})
