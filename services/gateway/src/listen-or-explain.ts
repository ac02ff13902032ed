import { PurserError } from '@purser/kernel'
import type { FastifyInstance } from 'fastify'

/** Listens and answers the base URL. Throws `platform.unavailable` with one line that says what to do. */
export async function listenOrExplain(
  fastify: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    const bound = new URL(await fastify.listen({ host, port }))
    return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${bound.port}`
  } catch (cause) {
    throw new PurserError('platform.unavailable', explain(cause, host, port), { cause })
  }
}

function explain(cause: unknown, host: string, port: number): string {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') {
    return `port ${port} is in use; stop what listens there or set HTTP_PORT to another`
  }
  if (code === 'EACCES')
    return `port ${port} may not be used by this user; set HTTP_PORT to one above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `"${host}" is no address of this machine; set HTTP_HOST`
  }
  return `could not listen on ${host}:${port}`
}
