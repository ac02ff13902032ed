import type { Content } from '../domain/message.ts'
import type { SmtpAnswer } from '../domain/smtp-answer.ts'

/** A name, perhaps empty, and an address. */
type Mailbox = { name: string; address: string }

/** A mail as it is handed over. */
export type OutgoingMessage = Content & {
  /** Unique and the same in every attempt: with the sender's domain it is the header Message-ID. */
  messageId: string
  date: Temporal.Instant
  from: Mailbox
  to: Mailbox
  /** Empty for none. */
  replyTo: string
}

/** How a hand-over ended. */
export type HandOver =
  | { accepted: true; code: number | undefined; text: string }
  | ({ accepted: false } & SmtpAnswer)

/** Hands mails to one server. */
export type Mailer = {
  /** Hands a mail over. Throws when `signal` is aborted before it is known how that ended. */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<HandOver>
  close(): void
}

const MAX_CONNECTIONS = 4

/** What nodemailer tells of a failure, all of it optional. */
type SmtpError = { code?: string; response?: string; responseCode?: number; command?: string }

/**
 * A pool of connections to a mail server, `smtp://` or `smtps://`. `timeoutMs` bounds each step of a connection and twice
 * that the whole hand-over, because a server that trickles its answer never falls silent.
 */
export function createMailer(url: string, { timeoutMs }: { timeoutMs: number }): Mailer {
  let opened: ReturnType<typeof openTransport> | undefined
  return {
    send: async (message, signal) => {
      const transport = await (opened ??= openTransport(url, timeoutMs))
      const late = AbortSignal.timeout(2 * timeoutMs)
      try {
        const { response } = await transport.sendMail({
          ...toMail(message),
          signal: AbortSignal.any([signal, late]),
        })
        return { accepted: true, code: codeOf(response), text: response }
      } catch (error) {
        signal.throwIfAborted()
        if (late.aborted) return noAnswer(`no answer within ${2 * timeoutMs} ms`)
        return toFailure(error as SmtpError & Error)
      }
    },
    close: () => void opened?.then((transport) => transport.close()),
  }
}

/** The library is loaded with the first mail. */
async function openTransport(url: string, timeoutMs: number) {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    // Whether a mail is handed over again is decided, and logged, by us alone.
    maxRequeues: 0,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  // An idle connection that breaks is replaced when it is needed.
  transport.on('error', () => undefined)
  return transport
}

function toMail({ messageId, date, from, to, replyTo, subject, text, html }: OutgoingMessage) {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return {
    messageId: `<${messageId}@${domain}>`,
    date: new Date(date.epochMilliseconds),
    from,
    to,
    ...(replyTo === '' ? {} : { replyTo }),
    subject,
    text,
    html,
    // RFC 3834: no out-of-office notes, please.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

type Failure = Extract<HandOver, { accepted: false }>

function noAnswer(text: string): Failure {
  return { accepted: false, code: undefined, text, command: '', impossible: false }
}

function toFailure(error: SmtpError & Error): Failure {
  const { code, response, responseCode, command = '', message } = error
  if (responseCode === undefined) {
    const impossible = code === 'EENVELOPE' || code === 'EMESSAGE'
    return { ...noAnswer(message), command, impossible }
  }
  const text = response ?? message
  return { accepted: false, code: responseCode, text, command, impossible: false }
}

function codeOf(response: string): number | undefined {
  const code = /^\d{3}/.exec(response)?.[0]
  return code === undefined ? undefined : Number(code)
}
