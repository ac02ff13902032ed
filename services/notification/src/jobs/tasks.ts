import type { Jobs, NoPayload } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type NotificationTasks = {
  /** One attempt to deliver a message. */
  deliver: { tenant: string; messageId: string }
  /** Drops the secrets of a message that failed at this attempt and was left so. */
  'forget-secrets': { tenant: string; messageId: string; attemptCount: number }
  /** Mails an invoice to the account that pays it, if that has an address. */
  'mail-invoice': {
    tenant: string
    invoiceId: string
    accountId: string
    number: string
    periodStart: string
    periodEnd: string
    totalMinor: string
    currency: string
  }
  /** Removes messages whose time is over; adds its next run itself. */
  'remove-old-messages': NoPayload
}

/** Adds a job in the caller's transaction. */
export type AddNotificationJob = Jobs<NotificationTasks>['add']
