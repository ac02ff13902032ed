import { sameForAll, shownToAll } from './names.ts'
import type { TenantFixture } from './tenant-fixture.ts'

/** Shorter names, such as the version 1, are nobody's alone. */
const SHORTEST_SECRET = 8

/** What of a tenant stands in an answer to somebody else, apart from what the request itself named. */
export function leaksIn(answer: string, asked: string, owner: TenantFixture): string[] {
  const own = Object.entries(owner.names).filter(
    ([name]) => name === 'tenant' || (!sameForAll.has(name) && !shownToAll.has(name)),
  )
  const secrets = [owner.marker, ...own.map(([, value]) => value)]
  return secrets.filter(
    (secret) =>
      secret.length >= SHORTEST_SECRET && answer.includes(secret) && !asked.includes(secret),
  )
}

/** An answer without what may differ: the ids that were asked for and the id of the request. */
export function anonymized(answer: string, asked: Readonly<Record<string, string>>): string {
  const ids = Object.values(asked).filter((id) => id.length >= SHORTEST_SECRET)
  return ids
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, id) => text.replaceAll(id, '<id>'), answer)
    .replace(/"request_id":"[^"]*"/, '"request_id":""')
    .replaceAll(/fresh-\d+/g, '<fresh>')
}
