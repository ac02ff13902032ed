import type { HandlerContext } from '@connectrpc/connect'

const longestUserAgent = 300

/** Network address of who calls, told by the gateway; undefined when nobody told it. */
export function clientAddressOf(call: HandlerContext): string | undefined {
  return call.requestHeader.get('purser-client-address') || undefined
}

/** Session of the access token that the gateway accepted; empty for none. */
export function sessionIdOf(call: HandlerContext): string {
  return call.requestHeader.get('purser-session-id') ?? ''
}

/** Program that calls, as it names itself, at most 300 characters; empty when it does not. */
export function userAgentOf(call: HandlerContext): string {
  return (call.requestHeader.get('user-agent') ?? '').slice(0, longestUserAgent)
}
