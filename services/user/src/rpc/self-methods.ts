import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { addWish } from './add-wish.ts'
import { createAddress } from './create-address.ts'
import { deleteAddress } from './delete-address.ts'
import { getMe } from './get-me.ts'
import { listAddresses } from './list-addresses.ts'
import { listWishes } from './list-wishes.ts'
import { removeWish } from './remove-wish.ts'
import { replaceAddress } from './replace-address.ts'
import { updateMe } from './update-me.ts'

/** What people do with what is theirs alone: the person is always the caller. */
export function selfMethods(ctx: UserContext) {
  return {
    getMe: getMe(ctx),
    updateMe: updateMe(ctx),
    createAddress: createAddress(ctx),
    listAddresses: listAddresses(ctx),
    replaceAddress: replaceAddress(ctx),
    deleteAddress: deleteAddress(ctx),
    listWishes: listWishes(ctx),
    addWish: addWish(ctx),
    removeWish: removeWish(ctx),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
