import { errorKinds } from '@purser/kernel'
import type { JsonObject } from '../json/leaf-codec.ts'

/** The schema of every refusal: RFC 9457 with the platform's own members. */
export const problemSchema: JsonObject = {
  type: 'object',
  description: 'Why a request was refused (RFC 9457). Details of the refusal are further members.',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  properties: {
    type: { type: 'string', format: 'uri-reference', examples: ['/problems/request.invalid'] },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What is wrong, for people.' },
    code: {
      type: 'string',
      description: 'Stable code, for programs.',
      examples: Object.keys(errorKinds),
    },
    request_id: { type: 'string', description: 'Names the request in logs.' },
    errors: {
      type: 'array',
      description: 'The refused fields.',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: {
          field: { type: 'string', examples: ['prices[0].tiers'] },
          message: { type: 'string' },
        },
      },
    },
  },
  additionalProperties: true,
}
