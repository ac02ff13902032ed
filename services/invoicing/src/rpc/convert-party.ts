import type { Address } from '@purser/contracts/common/v1/common'
import type { InvoicedOrder } from '@purser/contracts/invoicing/v1/order_invoice'
import type { Account, Tenant } from '@purser/contracts/user/v1/user'
import type { Party } from '../domain/party.ts'

/** The seller as it is printed. */
export function fromProtoTenant(tenant: Tenant): Party {
  const taxNumber = tenant.taxNumber === '' ? [] : [`Tax number ${tenant.taxNumber}`]
  return { name: tenant.legalName, lines: [...addressLines(tenant.address), ...taxNumber] }
}

/** The buyer as it is printed. */
export function fromProtoAccount(account: Account): Party {
  const email = account.email === '' ? [] : [account.email]
  return { name: account.name, lines: [...addressLines(account.address), ...email] }
}

/** The buyer of an order as it is printed. */
export function fromProtoBuyer({ buyerName, buyerAddress }: InvoicedOrder): Party {
  return { name: buyerName, lines: addressLines(buyerAddress) }
}

function addressLines(address: Address | undefined): string[] {
  if (address === undefined) return []
  const town = [address.postalCode, address.city].filter((part) => part !== '').join(' ')
  return [...address.lines, town, address.region, address.country].filter((line) => line !== '')
}
