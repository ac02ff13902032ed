import type { FastifyInstance } from 'fastify'
import type { Authenticator } from './authenticate.ts'

/** Where the public keys of access tokens are. */
export const JWKS_PATH = '/.well-known/jwks.json'

/** How long others may keep them: as long as the gateway itself does. */
const MAX_AGE_SECONDS = 300

/** The public keys of access tokens, for services of others that verify them. */
export function registerSigningKeys(fastify: FastifyInstance, authenticator: Authenticator): void {
  fastify.get(JWKS_PATH, async (_request, reply) => {
    const jwks = await authenticator.jwks()
    return reply
      .type('application/jwk-set+json')
      .header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
      .send(jwks)
  })
}
