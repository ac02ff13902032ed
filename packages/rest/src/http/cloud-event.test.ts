import { expect, test } from 'vitest'
import { isBinaryCloudEvent, structuredCloudEvent } from './cloud-event.ts'

const attributes = {
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': '/caf%C3%A9',
  'ce-type': 'api.call',
  'ce-region': 'eu',
}
const members = '"specversion":"1.0","id":"1","source":"/café","type":"api.call","region":"eu"'

function structured(contentType: string | undefined, body: string | Buffer, more = {}): string {
  const headers = { host: 'x', ...attributes, ...more }
  const withType = contentType === undefined ? headers : { ...headers, 'content-type': contentType }
  return structuredCloudEvent(withType, Buffer.from(body))
}

test('binary mode is known by its version', () => {
  expect(isBinaryCloudEvent(attributes)).toBe(true)
  expect(isBinaryCloudEvent({ 'content-type': 'application/json' })).toBe(false)
})

test.each([
  ['application/json', '{"n": 12345678901234567890.10}', '"data":{"n": 12345678901234567890.10}'],
  ['application/vnd.a+json; charset=utf-8', ' [1] ', '"data":[1]'],
  ['text/plain', 'a "b"', '"data":"a \\"b\\""'],
  ['application/octet-stream', Buffer.from([0xff, 0]), '"data_base64":"/wA="'],
])('data of %s', (contentType, body, data) => {
  expect(structured(contentType, body)).toBe(
    `{${members},"datacontenttype":${JSON.stringify(contentType)},${data}}`,
  )
})

test('no data, and JSON without a media type', () => {
  expect(structured(undefined, '')).toBe(`{${members}}`)
  expect(structured(undefined, '1')).toBe(`{${members},"data":1}`)
})

test.each([
  ['{"a":1', {}, 'request.invalid_json'],
  ['{} {}', {}, 'request.invalid_json'],
  ['1', { 'ce-foo-bar': 'x' }, 'request.invalid'],
  ['1', { 'ce-data': 'x' }, 'request.invalid'],
  ['1', { 'ce-datacontenttype': 'x' }, 'request.invalid'],
  ['1', { 'ce-region': '%ff' }, 'request.invalid'],
])('refuses %s with %j', (body, more, code) => {
  expect(() => structured('application/json', body, more)).toThrow(
    expect.objectContaining({ code }),
  )
})
