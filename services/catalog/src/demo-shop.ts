/** A category of the demo shop. */
export type DemoCategory = { slug: string; title: string; parentSlug: string | undefined }

const below = (parentSlug: string, ...titles: readonly string[]): DemoCategory[] =>
  titles.map((title) => ({ slug: slugOf(title), title, parentSlug }))

/** A name as addresses spell it: `Coffee & Tea` is `coffee-tea`. */
export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

const top = (title: string): DemoCategory => ({ slug: slugOf(title), title, parentSlug: undefined })

/**
 * The shop that a first start sets up: what its file of products refers to, the file itself, and the
 * folder of its pictures, which products know as `/pictures/<slug>.svg`. `seed/write-seed.ts` makes both.
 */
export const demoShop = {
  currency: 'USD',
  categories: [
    top('Home'),
    ...below('home', 'Lighting', 'Blankets & Cushions', 'Vases'),
    top('Kitchen'),
    ...below('kitchen', 'Coffee & Tea', 'Cookware', 'Tableware'),
    top('Office'),
    ...below('office', 'Desk', 'Stationery'),
    top('Outdoor'),
    ...below('outdoor', 'Bags', 'Camping'),
    top('Clothing'),
    ...below('clothing', 'Tops', 'Hats', 'Shoes'),
    top('Gift Cards'),
  ] as readonly DemoCategory[],
  collections: [
    { slug: 'new-in', title: 'New in', description: 'The latest arrivals.' },
    { slug: 'bestsellers', title: 'Bestsellers', description: 'What most people take home.' },
    { slug: 'on-sale', title: 'On sale', description: 'Reduced for a while.' },
  ],
  locations: [
    { locationId: 'main', title: 'Main warehouse', position: 0 },
    { locationId: 'store', title: 'Harbour Street store', position: 1 },
  ],
  productsFile: new URL('../seed/products.csv', import.meta.url),
  picturesDir: new URL('../seed/pictures/', import.meta.url),
} as const
