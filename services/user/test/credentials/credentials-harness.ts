import {
  NotificationService,
  type SendEmailRequest,
} from '@purser/contracts/notification/v1/notification'
import { defineService, type Service } from '@purser/rpc'
import { hostServices, waitFor } from '@purser/testing'
import type { ServiceImpl } from '@connectrpc/connect'
import { signInOf } from '../sign-in-harness.ts'
import { startUser } from '../user-harness.ts'

/** Where the pages of these tests are. */
const relyingParty = { rpId: 'shop.test', origins: ['https://shop.test'] }

/**
 * The user service with its job worker, and whoever sends its mails: behind the contract of the
 * notification service, whose checks every mail has to pass.
 */
export async function startCredentials() {
  const mails: SendEmailRequest[] = []
  const clients = { notification: hostServices(recorder(mails))(NotificationService) }
  const user = await startUser({ clients, relyingParty })
  const jobs = user.components.find(({ name }) => name === 'jobs user_jobs')
  if (jobs === undefined) throw new Error('the service has no job worker')
  await jobs.start()
  const quiet = async () => {
    const left = await user.adminQuery('select from user_jobs._private_jobs')
    return left.length === 0
  }
  return {
    ...user,
    mails,
    /** Waits until nothing is left to be sent. */
    quiet: () => waitFor(quiet),
    /** Waits for the newest mail of a template to an address, once nothing is left to be sent. */
    async mailTo(email: string, templateKey: string): Promise<SendEmailRequest> {
      await waitFor(quiet)
      const found = mails.findLast(
        (mail) => mail.recipientEmail === email && mail.templateKey === templateKey,
      )
      if (found === undefined) throw new Error(`${email} was not sent ${templateKey}`)
      return found
    },
    close: async () => {
      await jobs.stop()
      await user.close()
    },
  }
}

export type Credentials = Awaited<ReturnType<typeof startCredentials>>

/** Token of the link in a mail. */
export function tokenOf(mail: SendEmailRequest): string {
  return new URL(mail.secretVariables['link'] ?? '').hash.replace('#token=', '')
}

let people = 0

/** A person who has just registered in the tenant, with what drives them. */
export async function newPerson(user: Credentials, tenant: string) {
  const email = `person-${people++}@example.com`
  const registered = await signInOf(user, tenant).register(email)
  const userId = registered.user?.userId ?? ''
  const as = user.asPerson(tenant, userId)
  return { email, userId, as, registered, me: () => user.client.getMe({}, as) }
}

function recorder(mails: SendEmailRequest[]): Service {
  const unanswered = NotificationService.methods.map(({ localName }) => [localName, () => ({})])
  const implementation = {
    ...Object.fromEntries(unanswered),
    sendEmail: (mail: SendEmailRequest) => {
      const known = mails.some(({ dedupId }) => dedupId === mail.dedupId)
      if (!known) mails.push(mail)
      return { messageId: `msg_${mails.length}` }
    },
  } as ServiceImpl<typeof NotificationService>
  return {
    // Only what hosts a service in a process reads it.
    manifest: { name: 'notification' } as Service['manifest'],
    definition: defineService(NotificationService, implementation),
    components: [],
  }
}
