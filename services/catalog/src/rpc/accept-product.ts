import type { ProductInput as ProtoInput } from '@purser/contracts/catalog/v1/product'
import { assert, type FieldViolation, PurserError } from '@purser/kernel'
import { checkProduct } from '../domain/check-product.ts'
import type { ProductInput } from '../domain/product.ts'
import { fromProtoInput } from './convert-product.ts'

/** What an operator said of a product, checked. Throws `catalog.invalid_product` with every violation. */
export function acceptProduct(input: ProtoInput | undefined): ProductInput {
  assert(input, 'the contract requires a product')
  const accepted = fromProtoInput(input)
  const fields = [...mixedCurrencies(input), ...checkProduct(accepted)].map(
    ({ field, message }) => ({
      field: `input.${field}`,
      message,
    }),
  )
  if (fields.length > 0) {
    throw new PurserError('catalog.invalid_product', 'The product contradicts itself.', { fields })
  }
  return accepted
}

function mixedCurrencies({ variants }: ProtoInput): FieldViolation[] {
  return variants.flatMap(({ prices }, at) =>
    prices.flatMap(({ amount, compareAt }, index) =>
      compareAt === undefined || compareAt.currency === amount?.currency
        ? []
        : [
            {
              field: `variants[${at}].prices[${index}].compare_at.currency`,
              message: `expected ${amount?.currency}`,
            },
          ],
    ),
  )
}
