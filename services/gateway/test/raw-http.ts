import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** Sends these bytes as they are, on one connection, and answers all that comes back until its end. */
export async function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(bytes)
  return await text(socket)
}

/** One request, spelled as it is; the server ends the connection after it unless `more` follow. */
export function requestText(
  target: string,
  headers: Record<string, string> = {},
  { method = 'GET', more = false }: { method?: string; more?: boolean } = {},
): string {
  const all = { host: 'localhost', ...headers, ...(more ? {} : { connection: 'close' }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** Status codes of the answers, in their order. */
export function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}
