import { assert } from '@purser/kernel'

/** SQL that is prepared once per connection under its name; parameters are `$1`, `$2`, ... */
export type Statement = { readonly name: string; readonly text: string }

const namePattern = /^[a-z][a-z0-9_.]{0,62}$/

/**
 * Names a statement. The name is unique within the process (`metering.insert_events`), lower case,
 * at most 63 characters, Postgres's bound for identifiers: two texts under one name would be
 * refused by the driver at the second use.
 */
export function statement(name: string, text: string): Statement {
  assert(namePattern.test(name), () => `not a statement name: ${name}`)
  return { name, text }
}
