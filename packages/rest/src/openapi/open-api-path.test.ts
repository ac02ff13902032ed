import { expect, test } from 'vitest'
import { parsePathTemplate } from '../http/path-template.ts'
import { openApiPath } from './open-api-path.ts'

test.each([
  ['/v1/books/{book}', '/v1/books/{book}', ['book']],
  ['/v1/{a.b}/x/{c}:run', '/v1/{a.b}/x/{c}:run', ['a.b', 'c']],
  ['/v1/{name=shelves/*}', '/v1/shelves/{name}', ['name']],
  ['/v1/{name=a/*/b/*}/c', '/v1/a/{name_1}/b/{name_2}/c', ['name_1', 'name_2']],
  ['/v1/files/{name=**}:raw', '/v1/files/{name}:raw', ['name']],
  ['/v1/*/{book}', '/v1/{segment_1}/{book}', ['segment_1', 'book']],
])('%s is %s', (template, text, names) => {
  const path = openApiPath(parsePathTemplate(template))
  expect(path.text).toBe(text)
  expect(path.parameters.map(({ name }) => name)).toEqual(names)
})
