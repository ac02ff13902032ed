import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListAddressesRequest,
  type ListAddressesResponse,
  ListAddressesResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { listSavedAddresses } from '../store/saved-address.ts'
import { toProtoSavedAddress } from './convert-saved-address.ts'
import { requirePerson } from './require-person.ts'

/** Lists the own addresses, the default one first, then by creation. */
export function listAddresses(ctx: UserContext) {
  return async (
    _req: ListAddressesRequest,
    call: HandlerContext,
  ): Promise<ListAddressesResponse> => {
    const person = requirePerson(call)
    const addresses = await ctx.db.tx(person.tenant, (tx) => listSavedAddresses(tx, person), {
      readOnly: true,
    })
    return create(ListAddressesResponseSchema, { addresses: addresses.map(toProtoSavedAddress) })
  }
}
