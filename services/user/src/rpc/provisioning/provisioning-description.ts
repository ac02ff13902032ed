import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type {
  GetProvisioningConfigRequest,
  ListProvisioningResourceTypesRequest,
  ListProvisioningSchemasRequest,
} from '@purser/contracts/user/v1/provisioning'
import { PurserError } from '@purser/kernel'
import { scimBasePath } from '../../provisioning/resource-paths.ts'
import type { JsonMembers } from '../../domain/provisioned-user.ts'
import { mostResults } from '../../provisioning/scim-query.ts'
import { groupSchema, type ScimSchema, userSchema } from '../../provisioning/scim-schema.ts'
import { scimList, scimReply } from './scim-reply.ts'

const schemas = [userSchema, groupSchema]

/** Answers what of SCIM is supported (RFC 7643, section 5). */
export function getProvisioningConfig() {
  return async ({ tenant }: GetProvisioningConfigRequest): Promise<HttpReply> =>
    scimReply({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: true },
      bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
      filter: { supported: true, maxResults: mostResults },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: false },
      authenticationSchemes: [
        {
          type: 'oauthbearertoken',
          name: 'API key',
          description: 'An API key with the permission user.provisioning.write, as a bearer token',
          specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
          primary: true,
        },
      ],
      meta: {
        resourceType: 'ServiceProviderConfig',
        location: `${scimBasePath(tenant)}/ServiceProviderConfig`,
      },
    })
}

/** Answers the schemas of what is kept (section 7), or one. Throws `resource.not_found`. */
export function listProvisioningSchemas() {
  return async ({ tenant, schemaUrn }: ListProvisioningSchemasRequest): Promise<HttpReply> => {
    const described = schemas.map(({ definition }) => {
      const described = definition.describe(`${scimBasePath(tenant)}/Schemas`)
      return JSON.parse(JSON.stringify(described)) as JsonMembers
    })
    return oneOrAll(described, schemaUrn)
  }
}

/** Answers the kinds of resources (section 6), or one. Throws `resource.not_found`. */
export function listProvisioningResourceTypes() {
  return async (req: ListProvisioningResourceTypesRequest): Promise<HttpReply> =>
    oneOrAll(
      schemas.map((schema) => resourceType(req.tenant, schema)),
      req.resourceType,
    )
}

function resourceType(tenantId: string, { name, urn, definition }: ScimSchema): JsonMembers {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: name,
    name,
    endpoint: `/${name}s`,
    description: definition.description,
    schema: urn,
    meta: {
      resourceType: 'ResourceType',
      location: `${scimBasePath(tenantId)}/ResourceTypes/${name}`,
    },
  }
}

function oneOrAll(resources: readonly JsonMembers[], id: string): HttpReply {
  if (id === '') return scimList(resources, { total: resources.length, startIndex: 1 })
  const found = resources.find((resource) => resource.id === id)
  if (found === undefined) throw new PurserError('resource.not_found', `There is no "${id}".`)
  return scimReply(found)
}
