import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'

/** What the global setup answers: one of the two. */
export type StarterReply =
  | { adminUrl: string; failure?: never }
  | { failure: string; adminUrl?: never }

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be extended
  export interface ProvidedContext {
    /** Path of the socket at which the global setup answers. */
    postgresDoor: string
  }
}

/**
 * The Postgres server of this test run, shared by all test files and started by the first call.
 * Throws when it cannot run: a test without its database fails.
 */
export async function testPostgres(): Promise<{ adminUrl: string }> {
  const reply: StarterReply = JSON.parse(await text(connect(inject('postgresDoor'))))
  if (reply.adminUrl === undefined) throw new Error(`no Postgres for the tests: ${reply.failure}`)
  return { adminUrl: reply.adminUrl }
}
