import type { DescService } from '@bufbuild/protobuf'
import comments from '@purser/contracts/comments' with { type: 'json' }
import { allAnswerHeaders, buildOpenApi } from '@purser/rest'
import Fastify, { type FastifyInstance } from 'fastify'
import { docsIntroduction } from './docs-introduction.ts'
import { docsSecurityPolicy } from './security-headers.ts'

/** The OpenAPI document, and the page on which it can be read and tried. Both ask no other server. */
export function registerDocs(fastify: FastifyInstance, contracts: readonly DescService[]): void {
  let document: string | undefined
  fastify.get('/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(
      buildOpenApi({
        services: contracts,
        comments,
        title: 'Purser',
        version: '0.1.0',
        description: docsIntroduction,
      }),
    )
    return reply.type('application/json; charset=utf-8').send(document)
  })
  let pages: Promise<FastifyInstance> | undefined
  for (const url of ['/docs', '/docs/*']) {
    fastify.get(url, async (request, reply) => {
      pages ??= openPages()
      const { routing, hasRoute } = await pages
      const [path = ''] = request.url.split('?', 1)
      if (!hasRoute({ method: 'GET', url: path })) return reply.callNotFound()
      reply.hijack()
      for (const [name, value] of allAnswerHeaders(reply)) reply.raw.setHeader(name, value)
      reply.raw.setHeader('content-security-policy', docsSecurityPolicy)
      routing(request.raw, reply.raw)
    })
  }
}

/** A server behind no port: few processes are asked for the page, and loading it takes long. */
async function openPages(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const pages = Fastify()
  await pages.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      title: 'Purser API',
      pageTitle: 'Purser API',
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
  await pages.ready()
  return pages
}
