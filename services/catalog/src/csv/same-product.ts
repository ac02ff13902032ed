import type { Product, VariantPrice } from '../domain/product.ts'

/** Whether two versions of a product say the same to its operators and its shop. */
export function isSameProduct(a: Product, b: Product): boolean {
  return textOf(a) === textOf(b)
}

function textOf(product: Product): string {
  const {
    revision: _revision,
    createdAt: _created,
    updatedAt: _updated,
    variants,
    ...rest
  } = product
  const { publishAt, options, attributes, images } = rest
  return JSON.stringify([
    rest.slug,
    rest.title,
    rest.description,
    rest.brand,
    rest.status,
    publishAt?.toString(),
    rest.taxCategory,
    options.map(({ name, values }) => [name, values]),
    attributes.map(({ key, values }) => [key, values]),
    images.map(({ url, alt }) => [url, alt]),
    rest.seoTitle,
    rest.seoDescription,
    rest.categoryIds,
    rest.collectionIds,
    variants.map((variant) => [
      variant.variantId,
      variant.optionValues,
      variant.barcode,
      variant.weightGrams,
      variant.requiresShipping,
      variant.dimensions,
      variant.stockPolicy,
      variant.prices.map(priceText).toSorted(),
    ]),
  ])
}

function priceText(price: VariantPrice): string {
  const { currency, priceListKey, amountMinor, compareAtMinor, startsAt, endsAt } = price
  return `${currency} ${priceListKey} ${amountMinor} ${compareAtMinor} ${startsAt} ${endsAt}`
}
