import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { AddNotificationJob } from './jobs/tasks.ts'
import type { OutgoingMail } from './mail/outgoing-mail.ts'
import type { TemplateLibrary } from './rendering/template-library.ts'

/** What code of this service may touch. */
export type NotificationContext = {
  db: Database
  clock: Clock
  clients: { user: Client<typeof UserService> }
  templates: TemplateLibrary
  mail: OutgoingMail
  /** The platform's secret; see NotificationDeps. */
  secret: string
  /** Address that mails come from. */
  mailFrom: string
  /** Delay after the first failed attempt, in milliseconds. */
  firstDelayMs: number
  addJob: AddNotificationJob
}
