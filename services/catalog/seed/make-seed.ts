import { createHash } from 'node:crypto'
import { slugOf } from '../src/demo-shop.ts'
import { colors } from './colors.ts'
import { drawPicture } from './draw-picture.ts'
import { type Range, ranges } from './ranges.ts'
import { type Shape, shapes } from './shapes.ts'

/** The file of products and the pictures by their names. */
export type Seed = { csv: string; pictures: Map<string, string> }

const header = [
  'slug',
  'title',
  'description',
  'brand',
  'status',
  'publish_time',
  'tax_category',
  'categories',
  'collections',
  'images',
  'image_alts',
  'option1_name',
  'option1_value',
  'option2_name',
  'option2_value',
  'sku',
  'weight_grams',
  'requires_shipping',
  'stock_policy',
  'attribute:material',
  'price:USD',
  'compare_at:USD',
  'price:EUR',
  'compare_at:EUR',
  'stock:main',
  'stock:store',
]

type Goods = {
  title: string
  brand: string
  usd: number
  /** Of the lightest variant, packed. */
  grams: number
  material: string
  colorNames: string[]
  blurb: string
  shape: Shape
}

/** Makes the demo shop of its ranges: the same each time, since all chance comes of the names. */
export function makeSeed(): Seed {
  const pictures = new Map<string, string>()
  const rows = Object.entries(ranges).flatMap(([category, range]) =>
    goodsOf(range).flatMap((goods, index) => {
      const slug = slugOf(goods.title)
      const chance = chanceOf(slug)
      const color = colors[goods.colorNames[0] ?? ''] ?? '#888888'
      pictures.set(
        `${slug}.svg`,
        drawPicture({ shape: goods.shape, title: goods.title, color, chance }),
      )
      return rowsOf(goods, { category, range, slug, index, chance })
    }),
  )
  const lines = [header, ...rows].map((cells) => cells.map(quoted).join(','))
  return { csv: `${lines.join('\n')}\n`, pictures }
}

function goodsOf({ lines, shape: usual }: Range): Goods[] {
  return lines
    .trim()
    .split('\n')
    .map((text) => {
      const [title = '', brand = '', usd = '', grams = '', material = '', ...more] = text
        .split('|')
        .map((cell) => cell.trim())
      const [names = '', blurb = '', own = ''] = more
      const shape = Object.hasOwn(shapes, own) ? (own as Shape) : usual
      return {
        title,
        brand,
        usd: Number(usd),
        grams: Number(grams),
        material,
        colorNames: names.split(', '),
        blurb,
        shape,
      }
    })
}

type Place = {
  category: string
  range: Range
  slug: string
  index: number
  chance: (salt: string) => number
}

function rowsOf(goods: Goods, { category, range, slug, index, chance }: Place): string[][] {
  const isReduced = chance('reduced') > 0.82
  const collections = [
    ...(index % 4 === 0 ? ['new-in'] : []),
    ...(chance('best') > 0.75 ? ['bestsellers'] : []),
    ...(isReduced ? ['on-sale'] : []),
  ]
  const isDigital = goods.material === 'Digital'
  const [policy, chosen] = isDigital
    ? ['untracked', false]
    : [chance('policy') > 0.93 ? 'backorder' : 'deny', chance('policy') > 0.93]
  return variantsOf(goods, range).map((variant) => {
    const own = chanceOf(variant.sku)
    const usd = goods.usd * (1 + variant.extra)
    const stock = isDigital ? ['', ''] : stockOf(own, chosen === true)
    return [
      slug,
      goods.title,
      `${goods.blurb} ${goods.material} by ${goods.brand}. ${range.care}`,
      goods.brand,
      'published',
      publishTime(chance('day')),
      isDigital ? 'exempt' : 'standard',
      category,
      collections.join(';'),
      `/pictures/${slug}.svg`,
      `${goods.title} in ${goods.colorNames[0]?.toLowerCase()}`,
      ...variant.options,
      variant.sku,
      String(Math.round((goods.grams * (1 + variant.heavier)) / 5) * 5),
      String(!isDigital),
      String(policy),
      goods.material,
      money(usd),
      isReduced ? money(Math.ceil(usd * 1.3)) : '',
      money(isDigital ? usd : Math.ceil(usd * 0.93) - 0.1),
      isReduced ? money(Math.ceil(usd * 1.3 * 0.93) - 0.1) : '',
      ...stock,
    ]
  })
}

/** One for each color, or each value of the range's own option, or both. */
function variantsOf({ title, colorNames }: Goods, { option }: Range) {
  const stem = slugOf(title).toUpperCase()
  const values = option ? Object.entries(option.values) : [['', 0] as const]
  return colorNames.flatMap((color) =>
    values.map(([value, extra]) => {
      const hasColors = colorNames.length > 1 || option === undefined
      const named = [
        ...(hasColors ? [['Color', color]] : []),
        ...(option ? [[option.name, value]] : []),
      ]
      const [first = ['', ''], second = ['', '']] = named
      const sku = [stem, ...named.map(([, chosen = '']) => slugOf(chosen).toUpperCase())].join('-')
      const heavier = option?.heavier?.[value] ?? 0
      return { sku, extra, heavier, options: [...first, ...second] }
    }),
  )
}

/** Some are gone, some nearly. */
function stockOf(chance: (salt: string) => number, isBackordered: boolean): [string, string] {
  if (isBackordered) return ['0', '0']
  const main = chance('gone') > 0.93 ? 0 : Math.floor(3 + chance('main') * 77)
  return [String(main), String(Math.floor(chance('store') * 12))]
}

/** On some day of the year before the platform's. */
function publishTime(chance: number): string {
  const begin = Temporal.Instant.from('2025-01-01T09:00:00Z')
  return begin.add({ hours: 24 * Math.floor(chance * 365) }).toString()
}

const money = (amount: number) => amount.toFixed(2)

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

/** Numbers from 0 to 1 that are the same for the same name and salt. */
function chanceOf(name: string): (salt: string) => number {
  return (salt) => createHash('sha256').update(`${name} ${salt}`).digest().readUInt32BE(0) / 2 ** 32
}
