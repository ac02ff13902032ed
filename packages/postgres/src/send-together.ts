import type pg from 'pg'

/**
 * Sends statements in one message, on a connection with the driver's `pipeline`, and resolves with their answers in
 * their order: together they wait for the server once. Rejects with the first error after the last answer has come.
 * Within a transaction the server refuses what follows a failure, and answers a commit that follows one with ROLLBACK.
 */
export async function sendTogether(
  client: pg.Client,
  queries: readonly pg.QueryConfig[],
): Promise<pg.QueryResult[]> {
  const outcomes = await Promise.allSettled(asOneMessage(client, queries))
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

function asOneMessage(
  client: pg.Client,
  queries: readonly pg.QueryConfig[],
): Promise<pg.QueryResult>[] {
  const { stream } = client.connection
  stream.cork()
  try {
    return queries.map((query) => client.query(query))
  } finally {
    stream.uncork()
  }
}
