import type { Address, Money } from '@purser/contracts/common/v1/common'
import type { QuoteLine } from '@purser/contracts/shipping/v1/quote'
import { requireCountry } from '@purser/kernel'
import { fromProtoDimensions } from '@purser/rpc'
import type { Consignment } from '../domain/consignment.ts'
import { invalidField } from './invalid-field.ts'

/** What both methods about quotes are told. */
type Asked = {
  currency: string
  address?: Address
  lines: QuoteLine[]
  subtotal?: Money
}

/**
 * The consignment of a request. Throws `request.invalid` without a country that exists, and for an amount that is
 * negative or in another currency.
 */
export function fromProtoConsignment({ currency, address, lines, subtotal }: Asked): Consignment {
  if (!address?.country) throw invalidField('address.country', 'is required')
  const { country, region, postalCode } = address
  requireCountry(country, 'address.country')
  const minorOf = (field: string, money: Money | undefined): bigint => {
    if (money?.currency !== currency) throw invalidField(`${field}.currency`, `must be ${currency}`)
    if (money.amountCents < 0n) throw invalidField(`${field}.amount_cents`, 'must not be negative')
    return money.amountCents
  }
  const goods = lines.map((line, index) => {
    const { quantity, weightGrams } = line
    const amountMinor = minorOf(`lines[${index}].amount`, line.amount)
    return { quantity, weightGrams, amountMinor, ...fromProtoDimensions(line) }
  })
  const sum = goods.reduce((total, { amountMinor }) => total + amountMinor, 0n)
  const subtotalMinor = subtotal === undefined ? sum : minorOf('subtotal', subtotal)
  return { currency, country, region, postalCode, lines: goods, subtotalMinor }
}
