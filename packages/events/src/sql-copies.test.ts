import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const original = 'packages/events/migrations/0001-outbox.sql'

test('every service that has an outbox has the tables of this package, unchanged', async () => {
  const copies = await Array.fromAsync(glob('services/*/migrations/*-outbox.sql', { cwd: root }))
  expect(copies).not.toEqual([])
  const text = await readFile(join(root, original), 'utf8')
  for (const copy of copies) {
    expect(await readFile(join(root, copy), 'utf8'), copy).toBe(text)
  }
})
