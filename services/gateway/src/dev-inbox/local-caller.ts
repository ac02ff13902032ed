import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIPv4 } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const localNames = /^(?:localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** What a proxy tells of whom it speaks for: behind one, everybody seems to call from this machine. */
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/**
 * Whether a request was made on this machine by somebody at it: from a loopback address, for a loopback name (a page whose
 * name was bent to 127.0.0.1 sends its own), past no proxy, and not by a script of another page.
 */
export function isLocalCaller(address: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (address === undefined || !isLoopback(address)) return false
  if (!localNames.test(headers.host ?? '')) return false
  if (headers.origin !== undefined) return false
  return proxyHeaders.every((name) => headers[name] === undefined)
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return loopback.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
}
