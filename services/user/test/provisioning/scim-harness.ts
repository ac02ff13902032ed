import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import type { User } from '../user-harness.ts'

export const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const patchUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

// oxlint-disable-next-line typescript/no-explicit-any -- what is answered is what the tests look into
type Json = any

/** What a refused SCIM request looks like. */
export const refused = (scimType: string) => ({ details: { scim_type: scimType } })

/** An identity provider of one tenant, holding the one permission that it needs. */
export function scimOf(user: User, tenant: string) {
  const { client } = user
  const as = () => user.as(tenant, ['user.provisioning.write'])
  const body = (value: unknown): MessageInitShape<typeof HttpBodySchema> => ({
    contentType: 'application/scim+json',
    data: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  })
  const read = ({ data }: HttpReply): Json =>
    data.length ? JSON.parse(Buffer.from(data).toString()) : undefined
  const patch = (operations: unknown) => body({ schemas: [patchUrn], Operations: operations })
  const queryOf = (query: Record<string, string>) => new URLSearchParams(query).toString()
  return {
    body: (value: unknown) => create(HttpBodySchema, body(value)),
    createUser: async (values: object | string): Promise<Json> =>
      read(await client.createProvisionedUser({ tenant, body: body(values) }, as())),
    createUserReply: (values: object) =>
      client.createProvisionedUser({ tenant, body: body(values) }, as()),
    getUser: async (userId: string, query = ''): Promise<Json> =>
      read(await client.getProvisionedUser({ tenant, userId, query }, as())),
    putUser: async (userId: string, values: object): Promise<Json> =>
      read(await client.replaceProvisionedUser({ tenant, userId, body: body(values) }, as())),
    patchUser: async (userId: string, operations: unknown): Promise<Json> =>
      read(await client.patchProvisionedUser({ tenant, userId, body: patch(operations) }, as())),
    deleteUser: (userId: string) => client.deleteProvisionedUser({ tenant, userId }, as()),
    listUsers: async (query: Record<string, string> = {}): Promise<Json> =>
      read(await client.listProvisionedUsers({ tenant, query: queryOf(query) }, as())),
    /** User names that a filter finds, in order. */
    async find(filter: string): Promise<string[]> {
      const reply = await client.listProvisionedUsers(
        { tenant, query: queryOf({ filter, sortBy: 'userName' }) },
        as(),
      )
      return read(reply).Resources.map(({ userName }: Json) => userName)
    },
    createGroup: async (values: object): Promise<Json> =>
      read(await client.createProvisionedGroup({ tenant, body: body(values) }, as())),
    getGroup: async (groupId: string, query = ''): Promise<Json> =>
      read(await client.getProvisionedGroup({ tenant, groupId, query }, as())),
    putGroup: async (groupId: string, values: object): Promise<Json> =>
      read(await client.replaceProvisionedGroup({ tenant, groupId, body: body(values) }, as())),
    patchGroup: (groupId: string, operations: unknown) =>
      client.patchProvisionedGroup({ tenant, groupId, body: patch(operations) }, as()),
    deleteGroup: (groupId: string) => client.deleteProvisionedGroup({ tenant, groupId }, as()),
    listGroups: async (query: Record<string, string> = {}): Promise<Json> =>
      read(await client.listProvisionedGroups({ tenant, query: queryOf(query) }, as())),
    setRole: (groupId: string, role: string, held?: readonly string[]) =>
      client.setGroupRole({ tenant, groupId, role }, user.as(tenant, held)),
    roleOf: async (userId: string) =>
      (await client.getUser({ tenant, userId }, user.as(tenant))).role,
    async eventsOf(id: string) {
      const events = await user.events(tenant)
      const own = events.filter(
        ({ subject, payload }) =>
          subject !== 'audit.recorded' && JSON.stringify(payload).includes(id),
      )
      return own.map(({ subject }) => subject)
    },
  }
}

export type Scim = ReturnType<typeof scimOf>
