import type { HandlerContext } from '@connectrpc/connect'
import type { CreateAddressRequest, SavedAddress } from '@purser/contracts/user/v1/user'
import { newId, PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { MAX_SAVED_ADDRESSES } from '../domain/saved-address.ts'
import {
  clearDefaultAddress,
  countSavedAddresses,
  insertSavedAddress,
} from '../store/saved-address.ts'
import { fromProtoSavedAddress, toProtoSavedAddress } from './convert-saved-address.ts'
import { lockPerson } from './lock-person.ts'
import { requirePerson } from './require-person.ts'

/**
 * Adds an address to the own address book; the first one is the default, asked for or not. Throws
 * `request.invalid` beyond 50 addresses, `resource.not_found` for a person who does not exist.
 */
export function createAddress(ctx: UserContext) {
  return async (
    { address: requested }: CreateAddressRequest,
    call: HandlerContext,
  ): Promise<SavedAddress> => {
    const person = requirePerson(call)
    const wanted = fromProtoSavedAddress(requested)
    const saved = await ctx.db.tx(person.tenant, async (tx) => {
      await lockPerson(tx, person)
      const count = await countSavedAddresses(tx, person)
      if (count >= MAX_SAVED_ADDRESSES) throw tooManyAddresses()
      // Read under the lock, so that the order of creation is the order of time.
      const createdAt = ctx.clock.now({ tenantId: person.tenant }).round('microsecond')
      const isDefault = wanted.isDefault || count === 0
      const created = { ...wanted, addressId: newId('addr'), isDefault, createdAt }
      if (isDefault) await clearDefaultAddress(tx, person, created.addressId)
      await insertSavedAddress(tx, person, created)
      return created
    })
    return toProtoSavedAddress(saved)
  }
}

function tooManyAddresses(): PurserError {
  const message = `A person has ${MAX_SAVED_ADDRESSES} addresses at most; remove one first.`
  return new PurserError('request.invalid', message)
}
