import { type Database, statement } from '@purser/postgres'
import type { SidesRow } from '../store/dimensions.ts'
import { keysOf, wordsOf } from '../domain/search-text.ts'

/** A product in a list, as `shop_page` writes it; amounts in minor units. */
export type CardJson = {
  id: string
  slug: string
  title: string
  brand: string
  image: string
  alt: string
  min: number | null
  max: number | null
  compare: number | null
  availability: 'in_stock' | 'backorder' | 'preorder' | 'out_of_stock'
}

export type PageJson = {
  currency: string
  totalCount: number
  isCapped: boolean
  /** Set when words were corrected or passed over. */
  corrected: string | undefined
  cards: CardJson[]
  facets: { facet: string; count: number }[]
}

/** A product on its page, as `shop_product` writes it. */
export type ProductJson = {
  id: string
  slug: string
  title: string
  description: string
  brand: string
  images: { url: string; alt: string }[]
  options: { name: string; values: string[] }[]
  attributes: { key: string; values: string[] }[]
  seo_title: string
  seo_description: string
  publish_at: string
  currency: string
  categories: { id: string; slug: string; title: string }[]
  variants: {
    id: string
    sku: string
    values: string[]
    weight: number
    requires_shipping: boolean
    dimensions: SidesRow
    policy: 'deny' | 'backorder' | 'preorder' | 'untracked'
    amount: number | null
    compare: number | null
    available: number
  }[]
}

export type ShopSort = 'relevance' | 'newest' | 'price_asc' | 'price_desc' | 'title'

/** What is asked of a list; undefined leaves out. */
export type PageQuestion = {
  now: Temporal.Instant
  /** Text to search. */
  q?: string
  category?: string | undefined
  collection?: string | undefined
  /** `key=value`. */
  facets?: readonly string[]
  currency?: string | undefined
  minPrice?: bigint | undefined
  maxPrice?: bigint | undefined
  onlyAvailable?: boolean
  sort: ShopSort
  offset: number
  limit: number
  withFacets?: boolean
}

/** Reads of the shop: each is one call of a function of the schema, a transaction by itself. */
export class ShopReader {
  readonly #database: Database
  readonly #statements

  constructor(database: Database) {
    this.#database = database
    this.#statements = statementsOf(`"${database.schema}"`)
  }

  /** A page of products; see `shop_page`. */
  async page(tenantId: string, question: PageQuestion): Promise<PageJson> {
    const { page } = this.#statements
    return fromRowPage(
      onlyRow(await this.#database.alone<PageRow>(tenantId, page, valuesOf(question))),
    )
  }

  /** A product of the shop by its id or slug. */
  async product(
    tenantId: string,
    question: { now: Temporal.Instant; product: string; currency: string | undefined },
  ): Promise<ProductJson | undefined> {
    const { now, product, currency } = question
    const values = [now, product, currency]
    const [row] = await this.#database.alone<{ product: ProductJson }>(
      tenantId,
      this.#statements.product,
      values,
    )
    return row?.product
  }

  /**
   * A page of products for what was typed so far, and how it may go on: ends of the last word, at most 8,
   * with the words before it.
   */
  async suggest(
    tenantId: string,
    question: PageQuestion & { q: string },
  ): Promise<{ page: PageJson; queries: string[] }> {
    const words = wordsOf(question.q)
    const begin = words.pop()
    const { suggest } = this.#statements
    const values = [...valuesOf(question), begin]
    const row = onlyRow(
      await this.#database.alone<PageRow & { ends: string[] }>(tenantId, suggest, values),
    )
    return {
      page: fromRowPage(row),
      queries: row.ends.map((end) => [...words, end].join(' ')),
    }
  }
}

type PageRow = {
  currency: string
  total_count: number
  is_capped: boolean
  corrected: string | null
  cards: CardJson[]
  facets: { facet: string; count: number }[]
}

/** Parameters of `shop_page`, after the tenant. */
function valuesOf(question: PageQuestion): unknown[] {
  const { q, facets = [] } = question
  const words = q === undefined ? undefined : wordsOf(q)
  const keys = words?.flatMap((word, at) => keysOf(word).map((key) => ({ at: at + 1, key }))) ?? []
  return [
    question.now,
    words,
    keys.map(({ at }) => at),
    keys.map(({ key }) => key),
    question.category,
    question.collection,
    groupsOf(facets),
    facets.map((facet) => `f:${facet.toLowerCase()}`),
    question.currency,
    question.minPrice,
    question.maxPrice,
    question.onlyAvailable ?? false,
    question.sort,
    question.offset,
    question.limit,
    question.withFacets ?? false,
  ]
}

function fromRowPage(row: PageRow): PageJson {
  return {
    currency: row.currency,
    totalCount: row.total_count,
    isCapped: row.is_capped,
    corrected: row.corrected ?? undefined,
    cards: row.cards,
    facets: row.facets,
  }
}

function onlyRow<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('a function that answers one row answered none')
  return row
}

/** Facets of one key have one number: values widen, keys narrow. */
function groupsOf(facets: readonly string[]): number[] {
  const numbers = new Map<string, number>()
  return facets.map((facet) => {
    const key = facet.slice(0, facet.indexOf('='))
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
}

function statementsOf(schema: string) {
  const page = `${schema}.shop_page(
         $1, $2, $3::text[], $4::integer[], $5::text[], $6, $7, $8::integer[], $9::text[], $10, $11, $12, $13, $14,
         $15, $16, $17)`
  return {
    page: statement(
      'catalog.shop_page',
      `select currency, total_count, is_capped, corrected, cards, facets
       from ${page}`,
    ),
    suggest: statement(
      'catalog.shop_suggest',
      `select currency, total_count, is_capped, corrected, cards, facets,
         array(select word from ${schema}.shop_words($1, $18)) as ends
       from ${page}`,
    ),
    product: statement(
      'catalog.shop_product',
      `select product from ${schema}.shop_product($1, $2, $3, $4)`,
    ),
  }
}
