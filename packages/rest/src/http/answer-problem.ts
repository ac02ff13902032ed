import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { PurserError } from '@purser/kernel'
import { toPurserError } from '@purser/rpc'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { JsonObject } from '../json/leaf-codec.ts'
import { type Problem, problemHeaders, problemOf } from './problem.ts'

/** How a protocol of its own words a refusal. */
export type ProblemFormat = { contentType: string; of(problem: Problem): JsonObject }

/** Answers a refusal as problem details or in `format`, unless an answer is already on its way. */
export function answerProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: PurserError,
  format?: ProblemFormat,
): void {
  if (reply.sent) return
  const problem = problemOf(error, request.id)
  reply.code(problem.status).headers(problemHeaders(problem))
  if (format === undefined) return void reply.send(JSON.stringify(problem))
  reply.type(`${format.contentType}; charset=utf-8`).send(JSON.stringify(format.of(problem)))
}

/** Fastify's own refusals carry a status below 500; their messages are replaced by ours. */
export function fromFastifyError(error: unknown): PurserError {
  const status = (error as { statusCode?: number }).statusCode ?? 500
  if (status === 404) return new PurserError('request.not_found', 'there is no such route')
  if (status === 413) return new PurserError('request.body_too_large', 'the body is too large')
  if (status === 415) {
    return new PurserError('request.unsupported_media_type', 'the Content-Type is malformed')
  }
  if (status >= 400 && status < 500) {
    return new PurserError('request.invalid', 'the request is malformed', { cause: error })
  }
  return toPurserError(error)
}

/** Answers what is no HTTP, or took too long to become a request, and closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error)
    return
  }
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 408
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 431
        : 400
  const refusal = new PurserError('request.invalid', 'the request is no HTTP, too long or too slow')
  const body = JSON.stringify({ ...problemOf(refusal, ''), status })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
