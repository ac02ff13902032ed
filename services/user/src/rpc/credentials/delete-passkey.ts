import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type DeletePasskeyRequest,
  type DeletePasskeyResponse,
  DeletePasskeyResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { publishPasskeyEvent } from '../../credential-events.ts'
import { deletePasskey as remove } from '../../store/passkey.ts'
import { requirePerson } from '../require-person.ts'

/**
 * Removes one of the caller's passkeys. Throws `auth.permission_denied` for callers who are no
 * person, `resource.not_found`, also for a passkey of somebody else.
 */
export function deletePasskey(ctx: UserContext) {
  return async (
    { passkeyId }: DeletePasskeyRequest,
    call: HandlerContext,
  ): Promise<DeletePasskeyResponse> => {
    const person = requirePerson(call)
    const occurredAt = ctx.clock.now().round('microsecond')
    await ctx.db.tx(person.tenant, async (tx) => {
      if (!(await remove(tx, person, passkeyId))) {
        throw new PurserError('resource.not_found', `There is no passkey "${passkeyId}".`)
      }
      await publishPasskeyEvent(tx, person, { subject: 'passkey.removed', passkeyId, occurredAt })
    })
    return create(DeletePasskeyResponseSchema)
  }
}
