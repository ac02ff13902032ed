import type { HandlerContext } from '@connectrpc/connect'
import type {
  Passkey as ProtoPasskey,
  RenamePasskeyRequest,
} from '@purser/contracts/user/v1/credentials'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { renamePasskey as rename } from '../../store/passkey.ts'
import { requirePerson } from '../require-person.ts'
import { toProtoPasskey } from './convert-passkey.ts'

/**
 * Gives one of the caller's passkeys another name. Throws `auth.permission_denied` for callers who
 * are no person, `resource.not_found`, also for a passkey of somebody else.
 */
export function renamePasskey(ctx: UserContext) {
  return async (
    { passkeyId, name }: RenamePasskeyRequest,
    call: HandlerContext,
  ): Promise<ProtoPasskey> => {
    const person = requirePerson(call)
    const passkey = await ctx.db.tx(person.tenant, (tx) => rename(tx, person, { passkeyId, name }))
    if (passkey === undefined) {
      throw new PurserError('resource.not_found', `There is no passkey "${passkeyId}".`)
    }
    return toProtoPasskey(passkey)
  }
}
