import { create } from '@bufbuild/protobuf'
import {
  type SavedAddress as ProtoSavedAddress,
  SavedAddressSchema,
} from '@purser/contracts/user/v1/user'
import { assert } from '@purser/kernel'
import type { SavedAddress } from '../domain/saved-address.ts'
import { fromProtoAddress, toProtoAddress } from './convert.ts'

/** A saved address as asked for, without its id; its fields were checked before. */
export function fromProtoSavedAddress(
  saved: ProtoSavedAddress | undefined,
): Omit<SavedAddress, 'addressId' | 'createdAt'> {
  assert(saved?.address, 'the contract requires an address')
  const { recipient, address, phone, isDefault } = saved
  return { recipient, address: fromProtoAddress(address), phone, isDefault }
}

/** A saved address as it is answered. */
export function toProtoSavedAddress(saved: SavedAddress): ProtoSavedAddress {
  const { addressId, recipient, address, phone, isDefault } = saved
  const proto = { addressId, recipient, address: toProtoAddress(address), phone, isDefault }
  return create(SavedAddressSchema, proto)
}
