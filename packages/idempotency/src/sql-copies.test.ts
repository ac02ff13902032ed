import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const original = 'packages/idempotency/migrations/0001-idempotency.sql'

test('every service that keeps replies has the table of this package, unchanged', async () => {
  const pattern = 'services/*/migrations/*-idempotency.sql'
  const copies = await Array.fromAsync(glob(pattern, { cwd: root }))
  expect(copies).not.toEqual([])
  const text = await readFile(join(root, original), 'utf8')
  for (const copy of copies) {
    expect(await readFile(join(root, copy), 'utf8'), copy).toBe(text)
  }
})
