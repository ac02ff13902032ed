import { expect, test } from 'vitest'
import { runCrashSuite } from './crash-suite.ts'
import { createPlatformDatabase } from '../platform-database.ts'

test('a few kills of ingest and billing lose nothing and bill nothing twice', async () => {
  await using database = await createPlatformDatabase()
  const lines: string[] = []
  const result = await runCrashSuite({
    postgresUrl: database.adminUrl,
    kills: 6,
    seed: Date.now() % 1_000_000,
    size: { accounts: 1_100, januaryEvents: 6_000, laterEvents: 4_000 },
    print: (line) => lines.push(line),
  })
  expect(result.failed, lines.join('\n')).toBe(0)
  expect(result.hits).toBeGreaterThanOrEqual(6)
})
