import pg from 'pg'

/** Statements that are sent together: none runs after one that failed. */
export type Group = {
  /** Without parameters and rows, each one statement. */
  before: readonly string[]
  query: pg.QueryConfig
  /** The same kind. */
  after: readonly string[]
}

/** What the driver's query does with answers, which its types leave out. */
type Answered = {
  name: string | undefined
  handleCommandComplete(message: unknown, connection: Prepared): void
  handleError(error: Error, connection: Prepared): void
}
type Prepared = { submittedNamedStatements: Record<string, string> }
type Channel = {
  stream: { cork(): void; uncork(): void }
  parse(statement: { text: string }): void
  bind(portal: object): void
  execute(portal: object): void
  sync(): void
}
type Sender = { _getRows(connection: Channel): void }

/**
 * Sends a group in one message and resolves with the answers of all its statements, in their order. The server reads the
 * group at once, answers at once, and after an error skips what is left of it; so a group costs what one statement costs to
 * send and to wait for. Rejects with the first error; the transaction that it leaves, if it began one, has failed.
 */
export async function sendGroup(
  client: pg.ClientBase,
  { before, query, after }: Group,
): Promise<pg.QueryResult[]> {
  const { promise, resolve, reject } = Promise.withResolvers<pg.QueryResult[]>()
  const grouped = new pg.Query(query, (error, answers) => {
    if (error) reject(error)
    // One answer for each statement, when there are several.
    else resolve(answers as unknown as pg.QueryResult[])
  })
  sendAround(grouped, { before, after })
  if (before.length > 0) hideNameUntil(grouped, before.length)
  client.query(grouped)
  try {
    return await promise
  } catch (error) {
    // As the driver does: who asked is of more use than who read the answer.
    if (error instanceof Error) Error.captureStackTrace(error)
    throw error
  }
}

/** Puts the other statements around the query's own messages, in front of the one that asks for an answer. */
function sendAround(query: pg.Query, { before, after }: Omit<Group, 'query'>): void {
  const send = query.submit
  query.submit = (connection) => {
    const channel = connection as unknown as Channel
    channel.stream.cork()
    try {
      for (const text of before) execute(channel, text)
      return send.call(query, connection)
    } finally {
      channel.stream.uncork()
    }
  }
  const sender = query as unknown as Sender
  sender._getRows = (channel) => {
    channel.execute({ portal: '' })
    for (const text of after) execute(channel, text)
    channel.sync()
  }
}

function execute(channel: Channel, text: string): void {
  channel.parse({ text })
  channel.bind({})
  channel.execute({})
}

/**
 * The driver takes whatever the server has parsed for the query's own statement, which it would then believe to be
 * prepared. So the query has no name until the answers to the statements before it have come.
 */
function hideNameUntil(query: pg.Query, answerCount: number): void {
  const answered = query as unknown as Answered
  const { name, handleCommandComplete, handleError } = answered
  let missing = answerCount
  const send = query.submit
  query.submit = (connection) => {
    const failure = send.call(query, connection)
    answered.name = undefined
    return failure
  }
  answered.handleCommandComplete = (message, connection) => {
    missing -= 1
    if (missing === 0) answered.name = name
    handleCommandComplete.call(query, message, connection)
  }
  answered.handleError = (error, connection) => {
    // Skipped, so never parsed.
    if (missing > 0 && name !== undefined) delete connection.submittedNamedStatements[name]
    handleError.call(query, error, connection)
  }
}
