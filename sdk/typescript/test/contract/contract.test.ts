import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { renderContract } from './render-contract.ts'

test('types and routes are those of the contract', async () => {
  const written = await readFile(new URL('../../src/gen/contract.ts', import.meta.url), 'utf8')
  expect(written).toBe(renderContract())
})
