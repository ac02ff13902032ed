/** A place in the tree of a shop. */
export type Category = {
  categoryId: string
  slug: string
  title: string
  description: string
  /** Undefined at the top. */
  parentId: string | undefined
  /** Ids from the top down to the category itself; at most 10. */
  path: readonly string[]
  position: number
}

/** Products that somebody chose. */
export type Collection = {
  collectionId: string
  slug: string
  title: string
  description: string
}

/** Most categories from the top down; `category_path_depth` in the schema. */
export const MAX_DEPTH = 10

/** Categories as a tree is read: each after the one above it, neighbours by position and title. */
export function inTreeOrder(categories: readonly Category[]): Category[] {
  const below = Map.groupBy(categories, ({ parentId }) => parentId ?? '')
  const walk = (parentId: string): Category[] =>
    (below.get(parentId) ?? [])
      .toSorted((a, b) => a.position - b.position || compareText(a.title, b.title))
      .flatMap((category) => [category, ...walk(category.categoryId)])
  return walk('')
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
