import { type Clock, newId } from '@purser/kernel'

/** A mail as it arrived at the built-in server. */
export type ReceivedMail = {
  mailId: string
  receivedAt: Temporal.Instant
  envelopeFrom: string
  envelopeTo: readonly string[]
  /** The mail as it came over the wire; bytes above 127 are one character each. */
  source: string
}

const MAX_MAILS = 500
const MAX_BYTES = 50 * 1024 * 1024

/** The newest mails, at most 500 and 50 MiB, in memory alone: secrets in them are never stored. */
export class Inbox {
  readonly #clock: Clock
  #mails: readonly ReceivedMail[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Keeps a mail; the oldest make room. */
  add(mail: Pick<ReceivedMail, 'envelopeFrom' | 'envelopeTo' | 'source'>): void {
    const received = { mailId: newId('mail'), receivedAt: this.#clock.now(), ...mail }
    let bytes = 0
    this.#mails = [received, ...this.#mails].slice(0, MAX_MAILS).filter(({ source }) => {
      bytes += source.length
      return bytes <= MAX_BYTES
    })
  }

  /** Mails, newest first. */
  list(): readonly ReceivedMail[] {
    return this.#mails
  }

  /** The mail with this id, while it is kept. */
  find(mailId: string): ReceivedMail | undefined {
    return this.#mails.find((mail) => mail.mailId === mailId)
  }
}
