import { create } from '@bufbuild/protobuf'
import { type HttpReply, HttpReplySchema } from '@purser/contracts/common/v1/http_reply'
import { PurserError } from '@purser/kernel'
import type { JsonMembers } from '../../domain/provisioned-user.ts'

/** A SCIM answer with a body. */
export function scimReply(body: JsonMembers, status = 200): HttpReply {
  return create(HttpReplySchema, { status, data: Buffer.from(JSON.stringify(body)) })
}

/** The answer to what created a resource (RFC 7644, section 3.3). */
export function scimCreated(resource: JsonMembers, location: string): HttpReply {
  const data = Buffer.from(JSON.stringify(resource))
  return create(HttpReplySchema, { status: 201, data, location })
}

/** An answer without a body. */
export function scimNothing(): HttpReply {
  return create(HttpReplySchema, { status: 204 })
}

/** The page of a list (section 3.4.2). */
export function scimList(
  resources: readonly JsonMembers[],
  { total, startIndex }: { total: number; startIndex: number },
): HttpReply {
  return scimReply({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  })
}

/** The refusal of an id that names nothing the identity provider keeps here. */
export function unknownResource(kind: 'user' | 'group', id: string): PurserError {
  return new PurserError('resource.not_found', `There is no ${kind} "${id}".`)
}
