import { assert, type Clock } from '@purser/kernel'
import type { Component, Logger } from '@purser/runtime'
import { Inbox } from './inbox.ts'
import { createMailer, type HandOver, type Mailer, type OutgoingMessage } from './mailer.ts'
import { startSmtpSink, type SmtpSink } from './smtp-sink.ts'

export type OutgoingMailOptions = {
  /** `smtp://user:password@host:587` or `smtps://…`; undefined for the built-in sink. */
  smtpUrl: string | undefined
  /** Port of the built-in sink; a free one when it is taken. */
  sinkPort: number
  /** Bound of each step with a mail server, in milliseconds. */
  timeoutMs: number
  clock: Clock
  log: Logger
}

/** Where mails go: a mail server, or without one the built-in sink of this process. */
export class OutgoingMail implements Component {
  readonly name = 'outgoing mail'
  /** Mails of the built-in sink; undefined where they go to a server. */
  readonly inbox: Inbox | undefined
  readonly #options: OutgoingMailOptions
  #sink: SmtpSink | undefined
  #mailer: Mailer | undefined

  constructor(options: OutgoingMailOptions) {
    this.#options = options
    this.inbox = options.smtpUrl === undefined ? new Inbox(options.clock) : undefined
  }

  async start(): Promise<void> {
    const { smtpUrl, sinkPort, timeoutMs, log } = this.#options
    if (this.inbox !== undefined) {
      this.#sink = await startSmtpSink(this.inbox, sinkPort)
      const { port } = this.#sink
      log.warn({ port }, 'SMTP_URL is not set: mail goes to the inbox of this process alone')
    }
    const url = smtpUrl ?? `smtp://127.0.0.1:${this.#sink?.port}`
    this.#mailer = createMailer(url, { timeoutMs })
  }

  async stop(): Promise<void> {
    this.#mailer?.close()
    await this.#sink?.close()
  }

  /** Hands a mail over. Throws when `signal` is aborted before it is known how that ended. */
  async send(message: OutgoingMessage, signal: AbortSignal): Promise<HandOver> {
    assert(this.#mailer, 'mail is sent after the start')
    return await this.#mailer.send(message, signal)
  }
}
