import { statement, type Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'
import type { SavedAddress } from '../domain/saved-address.ts'
import { type AddressJson, fromRowAddress, toRowAddress } from './address.ts'

const COLUMNS = 'address_id, recipient, address, phone, is_default, created_at'

type SavedAddressRow = {
  address_id: string
  recipient: string
  address: AddressJson
  phone: string
  is_default: boolean
  created_at: Temporal.Instant
}

const listSavedAddressesStatement = statement(
  'user.list_saved_addresses',
  `select ${COLUMNS}
   from saved_address
   where tenant_id = $1
     and user_id = $2
   order by is_default desc, created_at, address_id`,
)

/** The person's addresses, the default one first, then by creation. Takes no lock. */
export async function listSavedAddresses(
  tx: Tx,
  { tenant, userId }: Person,
): Promise<SavedAddress[]> {
  const rows = await tx.query<SavedAddressRow>(listSavedAddressesStatement, [tenant, userId])
  return rows.map(fromRowSavedAddress)
}

const countSavedAddressesStatement = statement(
  'user.count_saved_addresses',
  `select count(*)::integer as total
   from saved_address
   where tenant_id = $1
     and user_id = $2`,
)

/** How many addresses the person has. Takes no lock: the caller holds the person's row. */
export async function countSavedAddresses(tx: Tx, { tenant, userId }: Person): Promise<number> {
  const [row] = await tx.query<{ total: number }>(countSavedAddressesStatement, [tenant, userId])
  return row?.total ?? 0
}

const insertSavedAddressStatement = statement(
  'user.insert_saved_address',
  `insert into saved_address (
     tenant_id, user_id, address_id, recipient, address, phone, is_default, created_at
   )
   values ($1, $2, $3, $4, $5::jsonb, $6, $7::boolean, $8::timestamptz)`,
)

/** Inserts an address. As a default it needs `clearDefaultAddress` before it. */
export async function insertSavedAddress(
  tx: Tx,
  { tenant, userId }: Person,
  saved: SavedAddress,
): Promise<void> {
  await tx.execute(insertSavedAddressStatement, [
    tenant,
    userId,
    saved.addressId,
    saved.recipient,
    toRowAddress(saved.address),
    saved.phone,
    saved.isDefault,
    saved.createdAt,
  ])
}

const clearDefaultAddressStatement = statement(
  'user.clear_default_address',
  `update saved_address
   set is_default = false
   where tenant_id = $1
     and user_id = $2
     and address_id <> $3
     and is_default`,
)

/** Takes the default from whichever address but this one has it. Locks that row. */
export async function clearDefaultAddress(
  tx: Tx,
  { tenant, userId }: Person,
  exceptAddressId: string,
): Promise<void> {
  await tx.execute(clearDefaultAddressStatement, [tenant, userId, exceptAddressId])
}

const replaceSavedAddressStatement = statement(
  'user.replace_saved_address',
  `update saved_address
   set recipient = $4,
     address = $5::jsonb,
     phone = $6,
     is_default = is_default or $7::boolean
   where tenant_id = $1
     and user_id = $2
     and address_id = $3
   returning ${COLUMNS}`,
)

/**
 * Replaces an address and answers it; undefined when the person has none with this id. The default
 * stays the default. Locks its row. To make it the default needs `clearDefaultAddress` before it.
 */
export async function replaceSavedAddress(
  tx: Tx,
  { tenant, userId }: Person,
  saved: Omit<SavedAddress, 'createdAt'>,
): Promise<SavedAddress | undefined> {
  const [row] = await tx.query<SavedAddressRow>(replaceSavedAddressStatement, [
    tenant,
    userId,
    saved.addressId,
    saved.recipient,
    toRowAddress(saved.address),
    saved.phone,
    saved.isDefault,
  ])
  return row && fromRowSavedAddress(row)
}

const deleteSavedAddressStatement = statement(
  'user.delete_saved_address',
  `delete from saved_address
   where tenant_id = $1
     and user_id = $2
     and address_id = $3
   returning ${COLUMNS}`,
)

/** Removes an address and answers it; undefined when the person has none with this id. Locks it. */
export async function deleteSavedAddress(
  tx: Tx,
  { tenant, userId }: Person,
  addressId: string,
): Promise<SavedAddress | undefined> {
  const values = [tenant, userId, addressId]
  const [row] = await tx.query<SavedAddressRow>(deleteSavedAddressStatement, values)
  return row && fromRowSavedAddress(row)
}

const promoteOldestAddressStatement = statement(
  'user.promote_oldest_address',
  `update saved_address
   set is_default = true
   where tenant_id = $1
     and user_id = $2
     and address_id = (
       select address_id
       from saved_address
       where tenant_id = $1
         and user_id = $2
       order by created_at, address_id
       limit 1
     )`,
)

/** Makes the person's oldest address the default; there is none when called. Locks its row. */
export async function promoteOldestAddress(tx: Tx, { tenant, userId }: Person): Promise<void> {
  await tx.execute(promoteOldestAddressStatement, [tenant, userId])
}

function fromRowSavedAddress(row: SavedAddressRow): SavedAddress {
  return {
    addressId: row.address_id,
    recipient: row.recipient,
    address: fromRowAddress(row.address),
    phone: row.phone,
    isDefault: row.is_default,
    createdAt: row.created_at,
  }
}
