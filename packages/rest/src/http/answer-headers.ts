import type { FastifyInstance, FastifyReply } from 'fastify'

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- a type adds nothing to an interface
  interface FastifyReply {
    /** Names in lower case and values in turn, see `carryAnswerHeaders`. Made by who adds the first. */
    answerHeaders: string[] | null
  }
}

/**
 * Lets answers carry headers as a flat list, `reply.answerHeaders`, beside those that Fastify is told. A header that
 * Fastify is told wins. Fastify keeps headers as an object that it and Node spell out again, which costs 3 µs for the
 * dozen that each answer of a gateway has; the list goes to Node as it is (`answerJson`). Told twice, it is done once.
 */
export function carryAnswerHeaders(fastify: FastifyInstance): void {
  if (fastify.hasReplyDecorator('answerHeaders')) return
  fastify.decorateReply('answerHeaders', null)
  // Everything that is not sent by `answerJson`: problems, pages, streams, downloads.
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    const list = reply.answerHeaders ?? []
    for (let index = 0; index < list.length; index += 2) {
      const name = list[index] as string
      if (!reply.hasHeader(name)) reply.header(name, list[index + 1])
    }
    done(null, payload)
  })
}

/** Answers JSON with status 200, past the steps of Fastify's `send` that have nothing to do here. */
export function answerJson(reply: FastifyReply, text: string): void {
  const list = reply.answerHeaders ?? []
  const told = reply.getHeaders()
  for (const name in told) setInList(list, name, String(told[name]))
  list.push('content-type', 'application/json; charset=utf-8')
  list.push('content-length', String(Buffer.byteLength(text)))
  reply.hijack()
  reply.raw.writeHead(200, list)
  reply.raw.end(text)
}

/** The headers of an answer so far, for who answers past Fastify. */
export function allAnswerHeaders(reply: FastifyReply): Iterable<[string, string]> {
  const all = new Map<string, string>()
  const list = reply.answerHeaders ?? []
  for (let index = 0; index < list.length; index += 2) {
    all.set(list[index] as string, list[index + 1] as string)
  }
  for (const [name, value] of Object.entries(reply.getHeaders())) all.set(name, String(value))
  return all
}

/** Sets a header of an answer that is carried in its list. `name` is in lower case. */
export function setAnswerHeader(reply: FastifyReply, name: string, value: string): void {
  reply.answerHeaders ??= []
  setInList(reply.answerHeaders, name, value)
}

function setInList(list: string[], name: string, value: string): void {
  for (let index = 0; index < list.length; index += 2) {
    if (list[index] !== name) continue
    list[index + 1] = value
    return
  }
  list.push(name, value)
}
