import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { CustomFetch } from 'openid-client'
import { isLoopbackAddress, isPublicAddress } from './public-address.ts'

const timeoutMs = 5_000
const mostBytes = 1_000_000

/** A provider did not answer, or may not be asked. */
export class UnreachableError extends Error {}

/** Where requests to identity providers may go. */
export type Reach = {
  /** Whether this machine may be reached too, without TLS: for development and tests. */
  loopback: boolean
}

/** Tells all addresses of a name; `dns.lookup` is one. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

/**
 * A fetch for addresses that tenants choose: `https:` to the public internet alone. A name is resolved
 * once a request, and the address that is connected to is one that was judged, so that a name cannot
 * change its mind in between; one of several that is not public condemns all. Connections are not kept.
 * Redirects are not followed; an answer comes within 5 seconds and has at most 1 MB. Rejects with an
 * UnreachableError otherwise.
 */
export function createGuardedFetch(reach: Reach, resolve: Resolve = lookup): CustomFetch {
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address)
    checkUrl(url, reach)
    const deadline = AbortSignal.timeout(timeoutMs)
    const options = {
      method,
      headers,
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      lookup: guardedLookup(reach, resolve),
      agent: false as const,
    }
    try {
      return await send(url, options, bodyText(body))
    } catch (cause) {
      throw new UnreachableError(`${url.host} did not answer`, { cause })
    }
  }
}

/** Throws an UnreachableError when a URL is not one that may be asked, going by what can be seen without asking. */
export function checkUrl({ protocol, hostname, username, password }: URL, reach: Reach): void {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (username !== '' || password !== '') throw new UnreachableError('the URL holds credentials')
  if (isIP(host) !== 0) {
    checkAddress(host, reach)
  } else if (host === 'localhost' || host.endsWith('.localhost')) {
    if (!reach.loopback) throw new UnreachableError('the host is this machine')
  }
  const isLoopback = isLoopbackAddress(host) || host === 'localhost'
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback && reach.loopback)
  if (!isSafe) throw new UnreachableError('the URL is not https')
}

function checkAddress(address: string, { loopback }: Reach): void {
  const mayBeReached = isPublicAddress(address) || (loopback && isLoopbackAddress(address))
  if (!mayBeReached) throw new UnreachableError(`${address} is no public address`)
}

function guardedLookup(reach: Reach, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      try {
        if (error) throw error
        for (const { address } of addresses) checkAddress(address, reach)
        const [first] = addresses
        if (first === undefined) throw new Error('the host has no address')
        if (options.all) callback(null, addresses)
        else callback(null, first.address, first.family)
      } catch (cause) {
        callback(cause as NodeJS.ErrnoException, '', 0)
      }
    })
  }
}

type SendOptions = Parameters<typeof httpsRequest>[1] & { lookup: LookupFunction }

function send(url: URL, options: SendOptions, body: string | undefined): Promise<Response> {
  const { promise, resolve: fulfil, reject } = Promise.withResolvers<Response>()
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = request(url, options, (incoming) => {
    const chunks: Buffer[] = []
    let bytes = 0
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostBytes) incoming.destroy(new Error('the answer is too large'))
      else chunks.push(chunk)
    })
    incoming.on('error', reject)
    incoming.on('end', () => {
      const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      )
      const status = incoming.statusCode ?? 0
      if (status < 200) return reject(new Error('the answer is no HTTP answer'))
      const isEmpty = status === 204 || status === 205 || status === 304
      fulfil(new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers }))
    })
  })
  outgoing.on('error', reject)
  outgoing.end(body)
  return promise
}

function bodyText(body: unknown): string | undefined {
  if (body === null || body === undefined) return undefined
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body)
  throw new Error('only text is sent')
}
