import type { Client } from '@connectrpc/connect'
import type { NotificationService } from '@purser/contracts/notification/v1/notification'
import { isPurserError, isResourceId, PurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { FastifyInstance } from 'fastify'
import { headJson, mailJson } from './inbox-json.ts'
import { inboxPage, mailPage } from './inbox-pages.ts'
import { isLocalCaller } from './local-caller.ts'

const PATH = '/dev/inbox'

/** Runs nothing, loads nothing, shows one frame of this server. */
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** A mail is somebody else's page: no script, no origin, nothing loaded, so that no sender learns who looks. */
const mailPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

/**
 * The inbox of the built-in mail server, to be looked at: `/dev/inbox` and `/dev/inbox/messages` (JSON). It shows everybody's
 * links, so that whoever does not call from this machine gets what there is on an unknown path, and so does
 * everybody where mail goes to a mail server.
 */
export function registerDevInbox(
  fastify: FastifyInstance,
  notification: Client<typeof NotificationService>,
): void {
  const { list, find } = readerOf(notification)
  fastify.register(async (scope) => {
    scope.addHook('onRequest', async ({ raw, headers }, reply) => {
      if (!isLocalCaller(raw.socket.remoteAddress, headers)) throw unknownPath()
      reply.header('content-security-policy', pagePolicy)
    })
    scope.get(PATH, async (_request, reply) => {
      return reply.type('text/html; charset=utf-8').send(inboxPage(await list()))
    })
    scope.get(`${PATH}/messages`, async () => ({ messages: (await list()).map(headJson) }))
    scope.get<Named>(`${PATH}/messages/:id`, async ({ params }) => mailJson(await find(params.id)))
    scope.get<Named>(`${PATH}/:id`, async ({ params }, reply) => {
      return reply.type('text/html; charset=utf-8').send(mailPage(await find(params.id)))
    })
    scope.get<Named>(`${PATH}/:id/html`, async ({ params }, reply) => {
      const { html } = await find(params.id)
      return reply
        .headers({ 'content-security-policy': mailPolicy, 'x-frame-options': 'SAMEORIGIN' })
        .type('text/html; charset=utf-8')
        .send(withLinksBeside(html))
    })
  })
}

type Named = { Params: { id: string } }

function readerOf(notification: Client<typeof NotificationService>) {
  const options = () => asService('gateway', '*')
  return {
    list: async () => {
      const { mails } = await orUnknown(notification.listInboxMails({}, options()))
      return mails
    },
    find: async (mailId: string) => {
      if (!isResourceId(mailId)) throw unknownPath()
      return await orUnknown(notification.getInboxMail({ mailId }, options()))
    },
  }
}

const absences: ReadonlySet<string> = new Set(['notification.no_inbox', 'resource.not_found'])

async function orUnknown<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw isPurserError(error) && absences.has(error.code) ? unknownPath() : error
  }
}

function unknownPath(): PurserError {
  return new PurserError('request.not_found', 'there is no such route')
}

/** Links of a mail leave its frame. */
function withLinksBeside(html: string): string {
  return html.replace(/<head\b[^>]*>/i, (head) => `${head}<base target="_blank">`)
}
