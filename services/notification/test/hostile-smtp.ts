import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerError, type SMTPServerSession } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** What a mail server does with the next mail: takes it, replies otherwise, hangs up, or never answers. */
export type Behavior =
  | { kind: 'accept' }
  | { kind: 'reply'; at: 'MAIL' | 'RCPT' | 'DATA'; code: number; text: string }
  | { kind: 'hang up' }
  | { kind: 'hang up after accepting' }
  | { kind: 'silence' }

type Taken = { from: string; to: string[]; source: string }

/** A mail server on loopback that behaves as told. */
export type HostileSmtp = {
  url: string
  /** What it does with mails to come, in order; afterwards the last one again and again. */
  behave(...behaviors: Behavior[]): void
  /** Mails whose content it got, whatever it answered. */
  taken: Taken[]
  /** Mails that came as far as an envelope. */
  envelopeCount(): number
}

export async function startHostileSmtp(port = 0): Promise<HostileSmtp> {
  const taken: Taken[] = []
  const queue: Behavior[] = [{ kind: 'accept' }]
  const current = new Map<string, Behavior>()
  let envelopeCount = 0
  const next = () => (queue.length > 1 ? queue.shift() : queue[0]) ?? { kind: 'accept' }
  const behaviorOf = (session: SMTPServerSession) => current.get(session.id) ?? { kind: 'accept' }
  const refusalAt = (session: SMTPServerSession, at: string): SMTPServerError | null => {
    const behavior = behaviorOf(session)
    if (behavior.kind !== 'reply' || behavior.at !== at) return null
    return Object.assign(new Error(behavior.text), { responseCode: behavior.code })
  }
  const hangUp = () => {
    for (const connection of server.connections) connection._socket.destroy()
  }
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onMailFrom: (_address, session, callback) => {
      envelopeCount += 1
      current.set(session.id, next())
      callback(refusalAt(session, 'MAIL'))
    },
    onRcptTo: (_address, session, callback) => callback(refusalAt(session, 'RCPT')),
    onData: async (stream, session, callback) => {
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk as Buffer)
      const { mailFrom, rcptTo } = session.envelope
      taken.push({
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        source: Buffer.concat(chunks).toString('latin1'),
      })
      const { kind } = behaviorOf(session)
      if (kind === 'silence') return
      if (kind === 'hang up') return hangUp()
      callback(refusalAt(session, 'DATA'))
      if (kind === 'hang up after accepting') setImmediate(hangUp)
    },
  })
  server.on('error', () => undefined)
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  onTestFinished(() => {
    hangUp()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    behave: (...behaviors) => void queue.splice(0, queue.length, ...behaviors),
    taken,
    envelopeCount: () => envelopeCount,
  }
}
