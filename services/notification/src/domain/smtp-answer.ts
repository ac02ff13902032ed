import type { AttemptOutcome } from './message.ts'

/** How the hand-over to a mail server ended, as far as anybody knows. */
export type SmtpAnswer = {
  /** Reply code such as 550; undefined without a reply. */
  code: number | undefined
  /** What the server said, or why there was no reply. */
  text: string
  /** Command that was answered, such as `RCPT TO`; empty when none was sent. */
  command: string
  /** Whether the mail itself cannot be sent, whoever is asked. */
  impossible: boolean
}

/** Commands whose refusal is about this mail. Other refusals are about us: the server, its greeting, our password. */
const aboutTheMail: ReadonlySet<string> = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])

/** Whether a failed hand-over is final. A 5xx to one mail is; anything else may pass. */
export function outcomeOfFailure({
  code,
  command,
  impossible,
}: SmtpAnswer): Extract<AttemptOutcome, 'deferred' | 'refused'> {
  const isRefusal = code !== undefined && code >= 500 && aboutTheMail.has(command)
  return impossible || isRefusal ? 'refused' : 'deferred'
}

// RFC 3463, section 3.2, and RFC 7505: no such mailbox, no such domain, moved away, takes no mail at all. A bare 550 may as
// well be the opinion of a spam filter.
const noSuchMailbox = /^5\d\d[ -]5\.1\.(?:1|2|6|10)\b/

/** Whether the server says that nobody has this address. */
export function isBounce({ command, text }: SmtpAnswer): boolean {
  return aboutTheMail.has(command) && noSuchMailbox.test(text)
}
