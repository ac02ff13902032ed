import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CollectedPart } from '../domain/privacy.ts'
import { exportFile } from './export-file.ts'

const head = { exportId: 'exp_1', requestedAt: Temporal.Instant.from('2026-02-01T00:00:00Z') }

const anyPart = fc.record({
  service: fc.constantFrom('cart', 'metering', 'user'),
  kind: fc.constantFrom('profile', 'events', 'a "quoted" kind'),
  pageNumber: fc.integer({ min: 1, max: 200 }),
  records: fc.array(fc.record({ text: fc.string() }), { minLength: 1, maxLength: 5 }),
})
const anyParts = fc.uniqueArray(anyPart, {
  selector: ({ service, kind, pageNumber }) => `${service} ${kind} ${pageNumber}`,
  maxLength: 20,
})

test('is JSON with the records of each service and kind, in the order of their parts', async () => {
  await fc.assert(
    fc.asyncProperty(anyParts, async (parts) => {
      const read = async (part: CollectedPart) =>
        (part as (typeof parts)[number]).records.map((record) => JSON.stringify(record))
      const file = await Array.fromAsync(exportFile('acme', head, { parts, read }))
      const documents: Record<string, Record<string, object[]>> = {}
      for (const { service, kind, records } of parts) {
        const document = (documents[service] ??= {})
        document[kind] = [...(document[kind] ?? []), ...records]
      }
      expect(JSON.parse(file.join(''))).toEqual({
        tenant: 'acme',
        export_id: 'exp_1',
        created_at: '2026-02-01T00:00:00Z',
        documents,
      })
    }),
  )
})

test('holds the records of one part at a time, and reads none before it is wanted', async () => {
  const parts = Array.from({ length: 1_000 }, (_, index) => ({
    service: 'metering',
    kind: 'usage events',
    pageNumber: index + 1,
  }))
  const records = Array.from({ length: 100 }, () => JSON.stringify('x'.repeat(100)))
  let reads = 0
  let longest = 0
  let pieces = 0
  const read = async () => {
    reads += 1
    return records
  }
  for await (const piece of exportFile('acme', head, { parts, read })) {
    pieces += 1
    longest = Math.max(longest, piece.length)
    expect(reads).toBeLessThanOrEqual(pieces)
  }
  expect(reads).toBe(1_000)
  expect(longest).toBeLessThan(12_000)
})
