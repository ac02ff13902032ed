import type { Jobs } from '@purser/jobs'

/**
 * Payloads of this service's jobs by task. None holds a secret: a mail's token is derived when the
 * mail is written. Times are RFC 3339 texts.
 */
export type UserTasks = {
  /** Sends the link of a token that verifies an address or changes it. */
  'mail-link': { tenant: string; tokenId: string }
  /** Makes and sends the link that resets a password, if anybody has the address. */
  'mail-password-reset': { tenant: string; email: string; tokenId: string; requestedAt: string }
  /** Sends an invitation. */
  'mail-invitation': {
    tenant: string
    userId: string
    tokenId: string
    /** Person who invites; empty for a program. */
    inviterId: string
  }
  /** Sends an invitation into an account. */
  'mail-account-invitation': {
    tenant: string
    accountId: string
    /** The invited address: nobody may know yet whose it is. */
    email: string
    tokenId: string
    /** Person who invites; empty for a program. */
    inviterId: string
  }
  /** Tells a person that a credential changed. The address is theirs at that moment. */
  'mail-notice': {
    tenant: string
    userId: string
    email: string
    notice: Notice
    noticeId: string
    occurredAt: string
    /** Of a changed address: what it is now. Empty otherwise. */
    newEmail: string
  }
  /** Goes on with an erasure; `isDue` opens a completed one again, since what was kept is due. */
  'walk-erasure': { tenant: string; erasureId: string; isDue: boolean }
  /** Goes on with the collection of an export. */
  'collect-export': { tenant: string; exportId: string }
  /** Removes what has no use any more, of every tenant; adds the next run itself. */
  purge: Record<string, never>
}

/** A mail that tells what happened; its template has the same key. */
export type Notice = 'password_changed_notice' | 'email_changed_notice'

/** Adds a job in the caller's transaction. */
export type AddUserJob = Jobs<UserTasks>['add']
