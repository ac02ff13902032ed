import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Below the ports that systems give to outgoing connections (Linux from 32,768 on, macOS from 49,152 on): one of those
 * may be taken at any moment by a connection of any process of the test run.
 */
const FIRST = 10_240
const AFTER_LAST = 32_000

/** What was answered before may not be listened on yet. */
const given = new Set<number>()

/**
 * Ports of loopback that nobody listens on, each another one and at random, for programs that must be told theirs. A
 * program that can choose should be given 0 instead: nothing keeps somebody else from taking one of these meanwhile.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  const servers: Server[] = []
  while (ports.length < count) {
    const port = randomInt(FIRST, AFTER_LAST)
    if (given.has(port)) continue
    given.add(port)
    const server = await listenOn(port)
    if (server === undefined) continue
    servers.push(server)
    ports.push(port)
  }
  await Promise.all(
    servers.map((server) => {
      server.close()
      return once(server, 'close')
    }),
  )
  return ports
}

/** Undefined when somebody has it, or nobody may have it. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  return await once(server, 'listening').then(
    () => server,
    () => undefined,
  )
}
