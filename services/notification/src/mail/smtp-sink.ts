import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import type { Inbox } from './inbox.ts'

const HOST = '127.0.0.1'
const MAX_MAIL_BYTES = 5 * 1024 * 1024
const CLOSE_TIMEOUT_MS = 1_000

/** A running SMTP server that takes every mail and sends none on. */
export type SmtpSink = { port: number; close(): Promise<void> }

/** Starts a sink on loopback that puts mails into `inbox`; on a free port when the wanted one is taken. */
export async function startSmtpSink(inbox: Inbox, wantedPort: number): Promise<SmtpSink> {
  try {
    return await listen(inbox, wantedPort)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return await listen(inbox, 0)
  }
}

async function listen(inbox: Inbox, port: number): Promise<SmtpSink> {
  const server = new SMTPServer({
    banner: 'built-in sink, nothing leaves this machine',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    rejectOversized: true,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onData: async (stream, session, callback) => {
      callback(await receive(inbox, stream, session))
    },
  })
  const listening = once(server.server, 'listening')
  const failed = once(server, 'error').then(([error]) => Promise.reject(error))
  server.listen(port, HOST)
  await Promise.race([listening, failed])
  // A client that hangs up is no failure of ours.
  server.on('error', () => undefined)
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Keeps a mail; answers why it did not arrive whole. */
async function receive(
  inbox: Inbox,
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
): Promise<Error | null> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer)
  } catch (error) {
    return error as Error
  }
  if (stream.sizeExceeded) return null
  inbox.add({
    envelopeFrom: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    envelopeTo: envelope.rcptTo.map(({ address }) => address),
    source: Buffer.concat(chunks).toString('latin1'),
  })
  return null
}
