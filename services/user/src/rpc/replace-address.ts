import type { HandlerContext } from '@connectrpc/connect'
import type { ReplaceAddressRequest, SavedAddress } from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { clearDefaultAddress, replaceSavedAddress } from '../store/saved-address.ts'
import { fromProtoSavedAddress, toProtoSavedAddress } from './convert-saved-address.ts'
import { lockPerson } from './lock-person.ts'
import { requirePerson } from './require-person.ts'
import { unknownAddress } from './unknown-address.ts'

/**
 * Replaces an own address. The default stays the default until another one is made it. Throws
 * `resource.not_found`, for another person's address too.
 */
export function replaceAddress(ctx: UserContext) {
  return async (
    { addressId, address: requested }: ReplaceAddressRequest,
    call: HandlerContext,
  ): Promise<SavedAddress> => {
    const person = requirePerson(call)
    const wanted = { ...fromProtoSavedAddress(requested), addressId }
    const replaced = await ctx.db.tx(person.tenant, async (tx) => {
      await lockPerson(tx, person)
      // Undone with the transaction when there is no such address.
      if (wanted.isDefault) await clearDefaultAddress(tx, person, addressId)
      const saved = await replaceSavedAddress(tx, person, wanted)
      if (saved === undefined) throw unknownAddress(addressId)
      return saved
    })
    return toProtoSavedAddress(replaced)
  }
}
