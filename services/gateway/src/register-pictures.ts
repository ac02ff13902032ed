import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { PurserError } from '@purser/kernel'
import type { FastifyInstance } from 'fastify'

/** Where the pictures of the demo shop are. */
export const PICTURES_PATH = '/pictures/:name'

/** A picture may change with a new version of the platform. */
const MAX_AGE_SECONDS = 3_600

/** Pictures hold styles and nothing that runs. */
const PICTURE_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/**
 * Serves the SVG files of a folder: those that are in it now, by exactly their names, so that no name leads
 * anywhere else. Other sites may show them, as a shop on another host does.
 */
export function registerPictures(fastify: FastifyInstance, folder: URL): void {
  const names = new Set(readdirSync(folder).filter((name) => name.endsWith('.svg')))
  fastify.get<{ Params: { name: string } }>(PICTURES_PATH, async (request, reply) => {
    const { name } = request.params
    if (!names.has(name)) throw new PurserError('request.not_found', 'There is no such picture.')
    return reply
      .type('image/svg+xml')
      .header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
      .header('content-security-policy', PICTURE_SECURITY_POLICY)
      .header('cross-origin-resource-policy', 'cross-origin')
      .send(await readFile(new URL(name, folder)))
  })
}
