const CONNECT_TIMEOUT_MS = 1_000

/** A connection on which a command stays without an answer for so long is given up for a new one. */
const SOCKET_TIMEOUT_MS = 2_000
const RECONNECT_STEP_MS = 50
const LONGEST_RECONNECT_PAUSE_MS = 500

/**
 * How ioredis is made where a decision waits for Redis: connected when it is told to, commands fail at once while Redis
 * is away, and what was sent is never sent twice, since it may have counted. A lost connection comes back by itself,
 * within half a second of the server. Redis lists the connection under `connectionName`.
 */
export function redisClientOptions(connectionName: string) {
  return {
    lazyConnect: true,
    connectionName,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt: number) =>
      Math.min(attempt * RECONNECT_STEP_MS, LONGEST_RECONNECT_PAUSE_MS),
  }
}
