import type { DocumentQuery } from '../domain/document-query.ts'
import { requiredText } from './filter.ts'
import { filterQuery } from './filter-query.ts'
import type { ScimListQuery } from './scim-query.ts'

/** A list as the store looks for it; `name` is the attribute that an index finds. */
export function documentQuery(
  query: ScimListQuery,
  name: 'userName' | 'displayName',
): DocumentQuery {
  const { filter, startIndex, count, sortPath, isDescending } = query
  return {
    ...(filter ? filterQuery(filter) : { predicate: undefined, values: {} }),
    startIndex,
    count,
    sortPath,
    isDescending,
    name: requiredText(filter, name),
    externalId: requiredText(filter, 'externalId'),
  }
}
