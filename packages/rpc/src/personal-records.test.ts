import { create } from '@bufbuild/protobuf'
import { ExportPersonalDataRequestSchema } from '@purser/contracts/common/v1/privacy'
import { expect, test } from 'vitest'
import { answerPersonalRecords } from './personal-records.ts'
import { encodePageToken } from './page-token.ts'

/** Follows the tokens through so many records; answers what came, and in how many pages. */
async function readAll(count: number) {
  const held = Array.from({ length: count }, (_, index) => ({ kind: 'notes', json: `${index}` }))
  const found: string[] = []
  for (let pageToken = '', pages = 1; ; pages += 1) {
    const req = create(ExportPersonalDataRequestSchema, { pageToken })
    const page = await answerPersonalRecords(req, async ({ offset, limit }) =>
      held.slice(offset, offset + limit),
    )
    found.push(...page.records.map(({ json }) => json))
    if (page.nextPageToken === '') return { found, pages }
    pageToken = page.nextPageToken
  }
}

test.each([
  [0, 1],
  [1, 1],
  [499, 1],
  [500, 2],
  [1_201, 3],
])('%i records come once each, in %i pages', async (count, pages) => {
  const all = await readAll(count)
  expect(all.found).toEqual(Array.from({ length: count }, (_, index) => `${index}`))
  expect(all.pages).toBe(pages)
})

test('a token of another list is refused', async () => {
  const pageToken = encodePageToken(['one', 'two'])
  const req = create(ExportPersonalDataRequestSchema, { pageToken })
  await expect(answerPersonalRecords(req, async () => [])).rejects.toMatchObject({
    code: 'request.invalid',
  })
})
