import type { FastifyServerOptions } from 'fastify'
import { answerClientError, answerProblem, fromFastifyError } from './http/answer-problem.ts'

/**
 * What `registerRest` needs of the Fastify that serves it: path parameters as long as the contract
 * allows, and problem details for what fails before any route. Hand it to `fastify()` with your own
 * options beside it.
 */
export const restServerOptions = {
  routerOptions: { maxParamLength: 2000 },
  frameworkErrors: (error, request, reply) =>
    answerProblem(request, reply, fromFastifyError(error)),
  clientErrorHandler: answerClientError,
} satisfies FastifyServerOptions
