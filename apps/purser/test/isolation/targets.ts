import type { Names } from './names.ts'
import { guessedNames, malformedNames } from './names.ts'
import type { TenantFixture } from './tenant-fixture.ts'

/** What a request speaks of, seen from the caller's tenant. */
export type Target = {
  name: 'own' | 'foreign thing' | 'guess' | 'malformed' | 'foreign tenant' | 'no tenant'
  /** Whether its path names the caller's own tenant. */
  isHome: boolean
  names: Names
}

/** Every target of a caller whose tenant is `home`. */
export function targetsOf(home: TenantFixture, other: TenantFixture): Target[] {
  const { tenant } = home
  return [
    { name: 'own', isHome: true, names: home.names },
    { name: 'foreign thing', isHome: true, names: { ...other.names, tenant } },
    { name: 'guess', isHome: true, names: guessedNames(home.names) },
    { name: 'malformed', isHome: true, names: malformedNames(home.names) },
    { name: 'foreign tenant', isHome: false, names: other.names },
    { name: 'no tenant', isHome: false, names: { ...other.names, tenant: 'no-such-tenant' } },
  ]
}
