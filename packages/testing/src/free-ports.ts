import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * Ports of loopback that nobody listens on, each another one, for programs that must be told theirs. A program that
 * can choose should be given 0 instead: nothing keeps somebody else from taking one of these meanwhile.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(
    servers.map((server) => {
      server.close()
      return once(server, 'close')
    }),
  )
  return ports
}
