import type { IncomingHttpHeaders } from 'node:http'
import { PurserError } from '@purser/kernel'
import { JsonReader } from '../json/json-reader.ts'
import { mediaType } from './media-type.ts'

const PREFIX = 'ce-'
const ATTRIBUTE = /^[a-z0-9]+$/
const RESERVED = new Set(['data', 'datacontenttype'])

/** Media type of one CloudEvent written as a JSON object. */
export const STRUCTURED_CLOUD_EVENT = 'application/cloudevents+json'

/** Whether a request is a CloudEvent in binary mode: attributes in headers, data in the body. */
export function isBinaryCloudEvent(headers: IncomingHttpHeaders): boolean {
  return headers[`${PREFIX}specversion`] !== undefined
}

/**
 * Writes a CloudEvent of binary mode as the JSON object of structured mode (CloudEvents 1.0, HTTP
 * binding 3.1 and JSON format 3.1). JSON data keeps its source text, so that no digit is lost; other
 * text becomes a string, anything else base64. Throws PurserError `request.invalid` for a header that
 * is no attribute and `request.invalid_json` for data that is not the JSON it claims to be.
 */
export function structuredCloudEvent(headers: IncomingHttpHeaders, body: Buffer): string {
  const members: string[] = []
  const add = (name: string, json: string) => members.push(`${JSON.stringify(name)}:${json}`)
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX)) continue
    const name = header.slice(PREFIX.length)
    if (!ATTRIBUTE.test(name) || RESERVED.has(name)) {
      throw new PurserError('request.invalid', `the header ${header} is no attribute of an event`)
    }
    add(name, JSON.stringify(decodeAttribute(header, String(value))))
  }
  const contentType = headers['content-type']
  if (contentType !== undefined) add('datacontenttype', JSON.stringify(contentType))
  if (body.length > 0) {
    const [name, json] = dataMember(mediaType(contentType), body)
    add(name, json)
  }
  return `{${members.join(',')}}`
}

function decodeAttribute(header: string, value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new PurserError('request.invalid', `the header ${header} is not percent-encoded UTF-8`)
  }
}

function dataMember(type: string, body: Buffer): [name: string, json: string] {
  const text = body.toString('utf8')
  if (type === '' || type === 'application/json' || type.endsWith('+json')) {
    const reader = new JsonReader(text)
    const json = reader.skip()
    reader.end()
    return ['data', json]
  }
  if (type.startsWith('text/')) return ['data', JSON.stringify(text)]
  return ['data_base64', JSON.stringify(body.toString('base64'))]
}
