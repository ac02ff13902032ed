import { BlockList, isIP, isIPv4 } from 'node:net'
import { PurserError } from '@purser/kernel'

/** Finds the address of who made a request, in its shortest spelling; IPv4 inside IPv6 becomes IPv4. */
export type ClientAddressFinder = (
  socketAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
) => string

const UNKNOWN = 'unknown'

/**
 * Finds client addresses behind these proxies, given as addresses or networks such as `10.0.0.0/8`. `X-Forwarded-For`
 * counts only from them, read from the right: each trusted hop vouches for the one to its left, whatever
 * stands further left is hearsay. Throws `config.invalid` for what is no network.
 */
export function createClientAddressFinder(trustedProxies: readonly string[]): ClientAddressFinder {
  const trusted = new BlockList()
  for (const network of trustedProxies) addNetwork(trusted, network)
  const isTrusted = (address: string) =>
    trustedProxies.length > 0 &&
    address !== UNKNOWN &&
    trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  return (socketAddress, forwardedFor) => {
    let client = plainAddress(socketAddress ?? '') ?? UNKNOWN
    if (forwardedFor === undefined) return client
    for (const hop of [forwardedFor ?? []].flat().join(',').split(',').toReversed()) {
      if (!isTrusted(client)) return client
      const address = plainAddress(withoutPort(hop.trim()))
      if (address === undefined) return client
      client = address
    }
    return client
  }
}

/** What an address is limited by: itself, or the /64 network of an IPv6 one, which is one customer's (RFC 6177). */
export function addressBlock(address: string): string {
  // None without a colon: looking further costs more than all the rest of a limit's key.
  if (!address.includes(':') || isIP(address) !== 6) return address
  const network = groupsOf(address).slice(0, 4)
  return `${network.map((group) => group.toString(16)).join(':')}::/64`
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix, ...rest] = network.split('/')
  const bits = isIPv4(address) ? 32 : 128
  const length = prefix === undefined ? bits : Number(prefix)
  const isLength = prefix === undefined || (/^\d{1,3}$/.test(prefix) && length <= bits)
  if (isIP(address) === 0 || !isLength || rest.length > 0) {
    throw new PurserError(
      'config.invalid',
      `TRUSTED_PROXIES: "${network}" is no address and no network such as 10.0.0.0/8`,
    )
  }
  list.addSubnet(address, length, isIPv4(address) ? 'ipv4' : 'ipv6')
}

function plainAddress(text: string): string | undefined {
  const address = text.split('%')[0] ?? ''
  if (isIP(address) !== 6) return isIPv4(address) ? address : undefined
  const groups = groupsOf(address)
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return isMapped ? [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.') : canonicalOf(address)
}

/** Some proxies add a port: `192.0.2.1:443`, `[2001:db8::1]:443`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? hop.replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
}

/** The URL parser spells IPv6 in one way, without dots. */
function canonicalOf(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

/** The eight 16-bit groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = canonicalOf(address).split('::')
  const read = (part: string) => (part === '' ? [] : part.split(':').map((g) => parseInt(g, 16)))
  const left = read(head)
  const right = read(tail ?? '')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0)
  return [...left, ...zeros, ...right]
}
