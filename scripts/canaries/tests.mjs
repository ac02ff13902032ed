const folder = 'services/billing/test'
const imports = "import { expect, test } from 'vitest'\n"

/** Everything that must count as failed, beside one test that passes. */
const files = {
  [`${folder}/canary-tests.test.ts`]: `${imports}
test('passes', () => expect(1).toBe(1))
test('fails', () => expect(1).toBe(2))
test.skip('is skipped', () => expect(1).toBe(1))
test.todo('is to do')
`,
  [`${folder}/canary-load.test.ts`]: "import './nowhere.ts'\n",
  [`${folder}/canary.e2e.test.ts`]: `${imports}
test('fails end to end', () => expect(1).toBe(2))
`,
}

const unhandled = `${imports}
test('passes', () => {
  void Promise.reject(new Error('outside of every test'))
  expect(1).toBe(1)
})
`

export const scenarios = [
  { files, complaints: [['1 passed, 5 failed'], ['canary-load.test.ts'], ['fails end to end']] },
  {
    files: { [`${folder}/canary.test.ts`]: unhandled },
    complaints: [['1 passed, 1 failed'], ['outside of every test']],
  },
  { files: {}, complaints: [['0 passed, 1 failed']] },
]
