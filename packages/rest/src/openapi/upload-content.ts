import { createRegistry, type DescMethod, getOption } from '@bufbuild/protobuf'
import { foreign_http, raw_body } from '@purser/contracts/options'
import { assert } from '@purser/kernel'
import type { JsonObject } from '../json/leaf-codec.ts'
import type { Schemas } from './schemas.ts'

/** What an upload may hold, by media type, in terms of the message that one element stands for. */
export function uploadContent(method: DescMethod, schemas: Schemas): JsonObject {
  const { contentTypes, eventMessage } = getOption(method, raw_body)
  const desc = createRegistry(method.parent.file).getMessage(eventMessage)
  assert(desc, () => `${method} names no message "${eventMessage}"`)
  const event = schemas.message(desc)
  const types = contentTypes.map((type) => [type, { schema: schemaFor(type, event) }] as const)
  return Object.fromEntries(types)
}

/** Bodies of a protocol of its own: JSON objects that its own documents describe. */
export function foreignContent(method: DescMethod): JsonObject {
  const { contentTypes } = getOption(method, foreign_http)
  return Object.fromEntries(contentTypes.map((type) => [type, { schema: { type: 'object' } }]))
}

function schemaFor(contentType: string, event: JsonObject): JsonObject {
  if (/ndjson|jsonl/.test(contentType)) return { ...event, description: 'One object a line.' }
  if (contentType.includes('cloudevents-batch')) return { type: 'array', items: cloudEvent(event) }
  if (contentType.includes('cloudevents')) return cloudEvent(event)
  return { anyOf: [event, { type: 'array', items: event }] }
}

/** One event in the JSON format of CloudEvents 1.0. */
function cloudEvent(event: JsonObject): JsonObject {
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type'],
    properties: {
      specversion: { type: 'string', const: '1.0' },
      id: { type: 'string', minLength: 1 },
      source: { type: 'string', minLength: 1 },
      type: { type: 'string', minLength: 1 },
      subject: { type: 'string' },
      time: { type: 'string', format: 'date-time' },
      datacontenttype: { type: 'string' },
      data: { description: `Facts of the event, as in ${event.$ref}.` },
    },
  }
}
