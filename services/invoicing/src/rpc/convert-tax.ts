import { create } from '@bufbuild/protobuf'
import { type TaxAmount, TaxAmountSchema } from '@purser/contracts/common/v1/common'
import type { Tax } from '../domain/tax.ts'

/** A tax as it is answered. */
export function toProtoTax(
  { name, percent, taxableMinor, taxMinor }: Tax,
  currency: string,
): TaxAmount {
  return create(TaxAmountSchema, {
    name,
    percent,
    taxable: { amountCents: taxableMinor, currency },
    amount: { amountCents: taxMinor, currency },
  })
}
