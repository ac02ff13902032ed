import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ConformanceCase, parseCaseFile, readCaseFile } from './case-file.ts'
import { evaluate } from './evaluate.ts'

const examplesPath = join(import.meta.dirname, '../../../examples/conformance/examples.json')
const examples = readCaseFile(examplesPath)

const ratedModels = /^(standard|flat|graduated|volume|package|aggregation\..+|rounding\..+)$/
const advancedModels = [
  'aggregation.prorated_sum',
  'aggregation.prorated_unique_count',
  'package_count',
  'proration.calendar_days',
  'proration.coefficient',
  'proration.period_fee',
  'rerating.additional_charge',
  'tiered_blocks.multi_unit',
  'volume_prorated',
]

const priced = (inputs: object, expected: object, policy: string[] = []): ConformanceCase[] => [
  {
    id: 'own.case',
    model: 'standard',
    tier: 'core',
    inputs: { quantity: '3', unit_amount: '2', ...inputs },
    expected: { amount: '6', amount_minor: 600, minor_exponent: 2, currency: null, ...expected },
    policy,
  },
]

describe('the published examples', () => {
  const core = examples.filter(({ model, tier }) => tier === 'core' && ratedModels.test(model))
  const advanced = examples.filter(
    ({ model, tier }) =>
      (tier !== 'core' && /^(standard|graduated|volume|package)$/.test(model)) ||
      advancedModels.includes(model),
  )

  test('are there to be answered', () => {
    expect(core).toHaveLength(14)
    expect(advanced).toHaveLength(13)
  })

  test.each([...core, ...advanced].map((each) => [each.id, each] as const))(
    '%s passes',
    (_, each) => {
      expect(evaluate([each])).toMatchObject([{ outcome: 'pass', unchecked: [] }])
    },
  )

  test('none of them fails', () => {
    const failed = evaluate(examples).filter(({ outcome }) => outcome === 'fail')
    expect(failed).toEqual([])
  })

  test.each(core.map((each) => [each.id, each] as const))(
    '%s fails when expected wrongly',
    (_, each) => {
      for (const name of ['amount', 'amount_minor', 'value', 'event_count']) {
        if (each.expected[name] === undefined) continue
        const wrong = { ...each, expected: { ...each.expected, [name]: '123456789.5' } }
        expect(evaluate([wrong])).toMatchObject([
          { outcome: 'fail', differences: [{ path: name }] },
        ])
      }
    },
  )
})

describe('the verdict', () => {
  test('names what was expected and what came out', () => {
    expect(evaluate(priced({}, { amount: '7' }))).toMatchObject([
      { outcome: 'fail', differences: [{ path: 'amount', expected: '7', got: '6' }] },
    ])
    expect(evaluate(priced({}, { breakdown: { gross: '5' } }))).toMatchObject([
      { outcome: 'fail', differences: [{ path: 'breakdown.gross', expected: '5', got: '6' }] },
    ])
  })

  test('accepts an amount rounded by its source, and says so', () => {
    const inputs = { quantity: '1', unit_amount: '0.005' }
    const expected = { amount: '0.01', amount_minor: 1 }
    expect(evaluate(priced(inputs, expected))).toMatchObject([
      { outcome: 'pass', roundedAmount: true },
    ])
    expect(evaluate(priced(inputs, { ...expected, amount: '0' }))).toMatchObject([
      { outcome: 'fail' },
    ])
  })

  test('says which expectations it could not check', () => {
    expect(evaluate(priced({}, { mood: 'good' }))).toMatchObject([
      { outcome: 'pass', unchecked: ['mood'] },
    ])
  })

  test.each([
    ['an unknown input', priced({ moon_phase: 'full' }, {}), 'moon_phase'],
    ['a malformed input', priced({ quantity: 'many' }, {}), 'quantity'],
    ['an unknown policy', priced({}, {}, ['rounding:by_mood']), 'rounding:by_mood'],
    ['a price the engine refuses', priced({ unit_amount: '-1' }, {}), 'unit_amount'],
    ['an unknown currency', priced({}, { currency: 'ZZZ' }), 'ZZZ'],
  ])('%s is unsupported, never passed over', (_, cases, reason) => {
    expect(evaluate(cases)).toMatchObject([
      { outcome: 'unsupported', reason: expect.stringContaining(reason) },
    ])
  })
})

describe('the case file', () => {
  const file = {
    schema_version: '1.0',
    models: { standard: '' },
    policies: {},
    cases: priced({}, {}),
  }

  test('is checked before it is believed', () => {
    expect(parseCaseFile(file)).toHaveLength(1)
    expect(() => parseCaseFile({ ...file, cases: [] })).toThrow('cases')
    expect(() => parseCaseFile({ ...file, schema_version: '2.0' })).toThrow('schema_version')
    expect(() => parseCaseFile({ ...file, models: {} })).toThrow('unknown model standard')
    expect(() => parseCaseFile({ ...file, cases: [...file.cases, ...file.cases] })).toThrow('twice')
  })
})
