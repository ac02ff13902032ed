/** What is looked for among the documents of provisioned people or groups, in words of the statement. */
export type DocumentQuery = {
  /** Predicate for `jsonb_path_match`, and the values that it names; undefined for everything. */
  predicate: string | undefined
  values: Readonly<Record<string, string | boolean>>
  /** First result, from 1. */
  startIndex: number
  count: number
  /** Member names to sort by, in lower case; undefined to sort by id. */
  sortPath: readonly string[] | undefined
  isDescending: boolean
  /** The name and the provider's id that the predicate asks for anyway: an index finds them. */
  name: string | undefined
  externalId: string | undefined
}
