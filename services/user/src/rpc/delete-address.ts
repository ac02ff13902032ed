import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type DeleteAddressRequest,
  type DeleteAddressResponse,
  DeleteAddressResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { deleteSavedAddress, promoteOldestAddress } from '../store/saved-address.ts'
import { lockPerson } from './lock-person.ts'
import { requirePerson } from './require-person.ts'
import { unknownAddress } from './unknown-address.ts'

/**
 * Removes an own address; when it was the default, the oldest that is left becomes it. Throws
 * `resource.not_found`, for another person's address and for one that was removed before too.
 */
export function deleteAddress(ctx: UserContext) {
  return async (
    { addressId }: DeleteAddressRequest,
    call: HandlerContext,
  ): Promise<DeleteAddressResponse> => {
    const person = requirePerson(call)
    await ctx.db.tx(person.tenant, async (tx) => {
      await lockPerson(tx, person)
      const deleted = await deleteSavedAddress(tx, person, addressId)
      if (deleted === undefined) throw unknownAddress(addressId)
      if (deleted.isDefault) await promoteOldestAddress(tx, person)
    })
    return create(DeleteAddressResponseSchema)
  }
}
