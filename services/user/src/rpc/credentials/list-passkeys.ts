import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListPasskeysRequest,
  type ListPasskeysResponse,
  ListPasskeysResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { listPasskeys as readPasskeys } from '../../store/passkey.ts'
import { requirePerson } from '../require-person.ts'
import { toProtoPasskey } from './convert-passkey.ts'

/** Lists the caller's passkeys. Throws `auth.permission_denied` for callers who are no person. */
export function listPasskeys(ctx: UserContext) {
  return async (_: ListPasskeysRequest, call: HandlerContext): Promise<ListPasskeysResponse> => {
    const person = requirePerson(call)
    const read = (tx: Tx) => readPasskeys(tx, person)
    const passkeys = await ctx.db.tx(person.tenant, read, { readOnly: true })
    return create(ListPasskeysResponseSchema, { passkeys: passkeys.map(toProtoPasskey) })
  }
}
