import type { DescService } from '@bufbuild/protobuf'
import comments from '@purser/contracts/comments' with { type: 'json' }
import { buildOpenApi } from '@purser/rest'
import scalar from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'
import { docsSecurityPolicy } from './security-headers.ts'

/** The OpenAPI document, and the page on which it can be read and tried. Both ask no other server. */
export function registerDocs(fastify: FastifyInstance, contracts: readonly DescService[]): void {
  let document: string | undefined
  fastify.get('/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(
      buildOpenApi({ services: contracts, comments, title: 'Purser', version: '0.1.0' }),
    )
    return reply.type('application/json; charset=utf-8').send(document)
  })
  fastify.register(async (scope) => {
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', docsSecurityPolicy)
    })
    await scope.register(scalar, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        title: 'Purser API',
        theme: 'default',
        withDefaultFonts: false,
        hideClientButton: true,
        telemetry: false,
        agent: { disabled: true },
        persistAuth: true,
        showDeveloperTools: 'never',
        mcp: { disabled: true },
      },
    })
  })
}
