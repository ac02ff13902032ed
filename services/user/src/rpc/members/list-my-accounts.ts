import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListMyAccountsRequest,
  type ListMyAccountsResponse,
  ListMyAccountsResponseSchema,
  type Membership,
  MembershipSchema,
} from '@purser/contracts/user/v1/user'
import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import type { Person } from '../../domain/person.ts'
import { listMemberships } from '../../store/membership.ts'
import { findUser } from '../../store/tenant-user.ts'
import { toProtoAccountKind } from '../convert.ts'
import { requirePerson } from '../require-person.ts'
import { unknownPerson } from '../unknown-person.ts'
import { toProtoMemberRole } from './convert-member.ts'

/** Lists the accounts that the person is a member of. Throws `resource.not_found`. */
export function listMyAccounts(ctx: UserContext) {
  return async (
    _req: ListMyAccountsRequest,
    call: HandlerContext,
  ): Promise<ListMyAccountsResponse> => {
    const person = requirePerson(call)
    const read = (tx: Tx) => membershipsOf(tx, person)
    const memberships = await ctx.db.tx(person.tenant, read, { readOnly: true })
    return create(ListMyAccountsResponseSchema, { memberships })
  }
}

/** The person's membership of an account, as answered; there is one when called. */
export async function requireMembership(
  tx: Tx,
  person: Person,
  accountId: string,
): Promise<Membership> {
  const memberships = await membershipsOf(tx, person)
  const membership = memberships.find((candidate) => candidate.accountId === accountId)
  assert(membership, 'the person is a member')
  return membership
}

async function membershipsOf(tx: Tx, person: Person): Promise<Membership[]> {
  const user = await findUser(tx, person.tenant, person.userId)
  if (user === undefined) throw unknownPerson()
  const memberships = await listMemberships(tx, person)
  return memberships.map(({ role, kind, ...membership }) =>
    create(MembershipSchema, {
      ...membership,
      kind: toProtoAccountKind(kind),
      role: toProtoMemberRole(role),
      current: membership.accountId === user.accountId,
    }),
  )
}
