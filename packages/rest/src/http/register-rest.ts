import type { DescMethod } from '@bufbuild/protobuf'
import { assert, PurserError } from '@purser/kernel'
import { toPurserError } from '@purser/rpc'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerForeign, foreignMediaType } from './answer-foreign.ts'
import { carryAnswerHeaders } from './answer-headers.ts'
import { answerDownload, answerUnary, type RestCall, type RestCallOptions } from './answer.ts'
import { answerProblem, fromFastifyError, type ProblemFormat } from './answer-problem.ts'
import { answerFile } from './answer-file.ts'
import { answerStream } from './answer-stream.ts'
import { answerUpload } from './answer-upload.ts'
import { clientSignal, discardBody } from './client-signal.ts'
import { fastifyUrl } from './fastify-url.ts'
import type { RestRoute } from './rest-route.ts'
import type { RouteKind } from './route-kind.ts'

export type RegisterRestOptions = {
  routes: readonly RestRoute[]
  /**
   * Runs before anything of the body is read: throw a PurserError to refuse, answer what goes along
   * with the call. Headers that it sets on `reply` or adds to `reply.answerHeaders` are part of the answer, also of a
   * refusal.
   */
  prepare?: (
    request: FastifyRequest,
    method: DescMethod,
    reply: FastifyReply,
  ) => RestCallOptions | Promise<RestCallOptions>
  /** Told of every refusal and failure that is answered, with its private cause. */
  onProblem?: (error: PurserError, request: FastifyRequest) => void
  /**
   * How refusals are worded by methods that speak a protocol of its own, by the media type in which
   * it answers; problem details unless given.
   */
  foreignProblems?: Readonly<Record<string, ProblemFormat['of']>>
  /**
   * Headers of requests that say who calls or for which tenant: answers that may be kept, of routes without a tenant,
   * are told apart by them (`Vary`); none unless given.
   */
  callerHeaders?: readonly string[]
  /** Most bytes of a JSON body, after decompression; 10,000,000 unless given. */
  maxBodyBytes?: number
  /** Most bytes of an upload, after decompression; unlimited unless given. */
  maxUploadBytes?: number
  /** Most times that gzip may have shrunk a body; 200 unless given. */
  maxExpansion?: number
  /** Silence of server-sent events after which a comment is sent; 15,000 ms unless given. */
  keepAliveMs?: number
}

/**
 * Serves the routes on `fastify`, and answers everything else that fails there as problem details too:
 * unknown routes (404), other methods of known routes (405 with Allow), errors of Fastify itself.
 * Fastify must be made with `restServerOptions`.
 */
export function registerRest(fastify: FastifyInstance, options: RegisterRestOptions): void {
  carryAnswerHeaders(fastify)
  fastify.setErrorHandler((error, request, reply) => {
    sendProblem({ request, reply, options }, fromFastifyError(error))
  })
  fastify.setNotFoundHandler((request, reply) => answerUnknown(options, request, reply))
  fastify.register(async (scope) => {
    // Bodies are read by the routes themselves, after the permission was checked.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    for (const [key, routes] of groupByUrl(options.routes)) {
      const [method = '', url = ''] = key.split(' ')
      if (!scope.supportedMethods.includes(method)) scope.addHttpMethod(method, { hasBody: true })
      const exposeHeadRoute = routes.every(({ kind }) => !inPieces.has(kind))
      scope.route({
        method,
        url,
        exposeHeadRoute,
        handler: (request, reply) => answerRequest(routes, options, request, reply),
      })
    }
  })
}

/** Nothing is told of these without beginning them, so that they have no HEAD. */
const inPieces: ReadonlySet<RouteKind> = new Set(['stream', 'file', 'upload'])

type Exchange = {
  request: FastifyRequest
  reply: FastifyReply
  options: RegisterRestOptions
  format?: ProblemFormat | undefined
}

async function answerRequest(
  routes: readonly RestRoute[],
  options: RegisterRestOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { path, query } = splitUrl(request)
  for (const route of routes) {
    const captures = route.binding.template.match(path)
    if (!captures) continue
    const signal = clientSignal(request.raw)
    try {
      const prepared = options.prepare?.(request, route.method, reply) ?? {}
      const callOptions = prepared instanceof Promise ? await prepared : prepared
      const { maxBodyBytes: maxBytes = 10_000_000, maxExpansion = 200 } = options
      const limits = { maxBytes, maxExpansion }
      await answer(
        { route, request, reply, captures, query, signal, limits, options: callOptions },
        options,
      )
    } catch (error) {
      const format = problemFormat(route, options)
      sendProblem({ request, reply, options, format }, toPurserError(error, signal))
    } finally {
      discardBody(request.raw)
    }
    return reply
  }
  answerUnknown(options, request, reply)
  return reply
}

function answer(call: RestCall, options: RegisterRestOptions): Promise<void> {
  switch (call.route.kind) {
    case 'unary':
      return answerUnary(call, options.callerHeaders ?? [])
    case 'download':
      return answerDownload(call)
    case 'file':
      return answerFile(call)
    case 'stream':
      return answerStream(call, options.keepAliveMs ?? 15_000)
    case 'foreign':
      return answerForeign(call)
    case 'upload':
      return answerUpload(call, options.maxUploadBytes ?? Number.POSITIVE_INFINITY)
  }
}

function answerUnknown(
  options: RegisterRestOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { path } = splitUrl(request)
  const matching = options.routes.filter((route) => route.binding.template.match(path))
  const allowed = new Set(matching.map((route) => route.binding.httpMethod))
  const exchange = { request, reply, options }
  if (allowed.size === 0) {
    return sendProblem(exchange, new PurserError('request.not_found', 'there is no such route'))
  }
  const allow = [...allowed].toSorted().join(', ')
  reply.header('allow', allow)
  sendProblem(exchange, new PurserError('request.method_not_allowed', `expected ${allow}`))
}

function sendProblem({ request, reply, options, format }: Exchange, error: PurserError): void {
  options.onProblem?.(error, request)
  answerProblem(request, reply, error, format)
}

function problemFormat(route: RestRoute, options: RegisterRestOptions): ProblemFormat | undefined {
  if (route.kind !== 'foreign') return undefined
  const contentType = foreignMediaType(route)
  const of = options.foreignProblems?.[contentType]
  return of && { contentType, of }
}

function groupByUrl(routes: readonly RestRoute[]): Map<string, RestRoute[]> {
  const groups = Map.groupBy(routes, ({ binding }) => {
    return `${binding.httpMethod} ${fastifyUrl(binding.template)}`
  })
  // A template with a verb is the narrower one.
  for (const group of groups.values()) {
    group.sort(
      (a, b) => Number(b.binding.template.verb !== '') - Number(a.binding.template.verb !== ''),
    )
    assert(group.length > 0, 'groups are not empty')
  }
  return groups
}

/** Path and query as sent, without the prefix under which Fastify serves the routes. */
function splitUrl(request: FastifyRequest): { path: string; query: string } {
  const url = request.raw.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const { prefix } = request.server
  return {
    path: prefix !== '' && path.startsWith(prefix) ? path.slice(prefix.length) : path,
    query: mark < 0 ? '' : url.slice(mark + 1),
  }
}
