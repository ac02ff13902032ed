/** A product as a test wrote it last; hours are counted from the begin of the test. */
export type Thing = {
  slug: string
  words: string[]
  color: string
  category: 'hall' | 'room'
  status: 'draft' | 'published'
  publishHour: number
  variants: {
    sku: string
    policy: Policy
    cents: number
    sale: Sale | undefined
    isLeftOut: boolean
  }[]
}
export type Policy = 'deny' | 'backorder' | 'preorder' | 'untracked'
/** Another price from one hour to before another. */
type Sale = { cents: number; start: number; end: number }

export type Question = {
  q: string[]
  category: 'hall' | 'room' | undefined
  colors: string[]
  minCents: number | undefined
  maxCents: number | undefined
  onlyAvailable: boolean
}

/** What a list tells of a product. */
export type Shown = {
  slug: string
  minCents: number
  maxCents: number
  availability: 'in_stock' | 'backorder' | 'preorder' | 'out_of_stock'
}

/** Everything in the shop that a question asks for, by looking at each product in turn. `units`: what is free of each SKU. */
export function scan(
  things: readonly Thing[],
  units: ReadonlyMap<string, number>,
  hour: number,
  question: Question,
): Shown[] {
  const published = things.filter(({ status }) => status === 'published')
  const known = question.q.filter((word) => published.some(({ words }) => words.includes(word)))
  // Words that nothing has are passed over, unless there are no others.
  if (question.q.length > 0 && known.length === 0) return []
  return (
    published
      .filter(({ publishHour }) => publishHour <= hour)
      .filter(({ words }) => known.every((word) => words.includes(word)))
      // The hall holds the room.
      .filter(({ category }) => [undefined, 'hall', category].includes(question.category))
      .filter(({ color }) => question.colors.length === 0 || question.colors.includes(color))
      .map((thing) => show(thing, units, hour))
      .filter(({ minCents }) => minCents >= (question.minCents ?? 0))
      .filter(({ minCents }) => minCents <= (question.maxCents ?? Number.POSITIVE_INFINITY))
      .filter(({ availability }) => !question.onlyAvailable || availability !== 'out_of_stock')
  )
}

function show({ slug, variants }: Thing, units: ReadonlyMap<string, number>, hour: number): Shown {
  const active = variants.filter(({ isLeftOut }) => !isLeftOut)
  const prices = active.map(({ cents, sale }) =>
    sale && sale.start <= hour && hour < sale.end ? sale.cents : cents,
  )
  const has = (policy: Policy) => active.some((variant) => variant.policy === policy)
  const isThere = has('untracked') || active.some(({ sku }) => (units.get(sku) ?? 0) > 0)
  const otherwise = has('preorder') ? 'preorder' : has('backorder') ? 'backorder' : 'out_of_stock'
  return {
    slug,
    minCents: Math.min(...prices),
    maxCents: Math.max(...prices),
    availability: isThere ? 'in_stock' : otherwise,
  }
}
