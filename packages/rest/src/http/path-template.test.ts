import { describe, expect, test } from 'vitest'
import { fastifyUrl } from './fastify-url.ts'
import { parsePathTemplate } from './path-template.ts'

describe('matches', () => {
  test.each([
    ['/v1/books', '/v1/books', []],
    ['/v1/books/{book}', '/v1/books/a', ['a']],
    ['/v1/books/{book}', '/v1/books/a%2Fb%20c', ['a/b c']],
    ['/v1/books/{book}', '/v1/books/a:b', ['a:b']],
    ['/v1/{a}/x/{b.c}', '/v1/1/x/2', ['1', '2']],
    ['/v1/*/x/{b}', '/v1/1/x/2', ['2']],
    ['/v1/{name=shelves/*/books/*}', '/v1/shelves/1/books/2', ['shelves/1/books/2']],
    ['/v1/{name=shelves/*}/books', '/v1/shelves/1/books', ['shelves/1']],
    ['/v1/{name=shelves/*/books/*}', '/v1/shelves/%C3%A9%2F1/books/2', ['shelves/é%2F1/books/2']],
    ['/v1/{name=**}', '/v1/a/b/c', ['a/b/c']],
    ['/v1/{name=**}', '/v1/', ['']],
    ['/v1/{name=files/**}', '/v1/files/a/b', ['files/a/b']],
    ['/v1/**', '/v1/a/b', []],
    ['/v1/books:batch', '/v1/books:batch', []],
    ['/v1/{book}:archive', '/v1/a:archive', ['a']],
    ['/v1/{book}:archive', '/v1/a:b:archive', ['a:b']],
    ['/v1/{name=**}:raw', '/v1/a/b:raw', ['a/b']],
    ["/v1/a.b(c)'$+,;=@~", "/v1/a.b(c)'$+,;=@~", []],
  ])('%s takes %s', (template, path, captures) => {
    expect(parsePathTemplate(template).match(path)).toEqual(captures)
  })

  test.each([
    ['/v1/books', '/v1/books/'],
    ['/v1/books', '/v1/Books'],
    ['/v1/books/{book}', '/v1/books/'],
    ['/v1/books/{book}', '/v1/books/a/b'],
    ['/v1/books/{book}', '/v1/books/%'],
    ['/v1/books/{book}', '/v1/books/%ff'],
    ['/v1/{name=shelves/*}', '/v1/racks/1'],
    ['/v1/{name=shelves/*}', '/v1/shelves%2F1'],
    ['/v1/{book}:archive', '/v1/a'],
    ['/v1/{book}:archive', '/v1/:archive'],
    ['/v1/a.b', '/v1/axb'],
  ])('%s refuses %s', (template, path) => {
    expect(parsePathTemplate(template).match(path)).toBeUndefined()
  })
})

test.each([
  ['', 'starts with /'],
  ['v1/books', 'starts with /'],
  ['/', 'starts with /'],
  ['/v1//books', 'segment ""'],
  ['/v1/', 'segment ""'],
  ['/v1/{book', 'neither'],
  ['/v1/book}', 'neither'],
  ['/v1/{}', 'no path of snake_case'],
  ['/v1/{Book}', 'no path of snake_case'],
  ['/v1/{a.}', 'no path of snake_case'],
  ['/v1/{a=}', 'segment ""'],
  ['/v1/a%20b', 'neither'],
  ['/v1/***', 'neither'],
  ['/v1/a*', 'neither'],
  ['/v1/**/books', 'not the last'],
  ['/v1/{a=**}/{b}', 'not the last'],
  ['/v1/{a}/{a}', 'stands twice'],
])('%s is malformed', (template, why) => {
  expect(() => parsePathTemplate(template)).toThrow(why)
})

test.each([
  ['/v1/books/{book}', '/v1/books/:p2'],
  ['/v1/{name=shelves/*}/books', '/v1/shelves/:p2/books'],
  ['/v1/{name=files/**}', '/v1/files/*'],
  ['/v1/books:batch', '/v1/books::batch'],
  ['/v1/{book}:archive', '/v1/:p1'],
  ['/v1/{name=**}:raw', '/v1/*'],
])("Fastify's router finds %s as %s", (template, url) => {
  expect(fastifyUrl(parsePathTemplate(template))).toBe(url)
})
