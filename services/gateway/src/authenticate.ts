import type { IncomingHttpHeaders } from 'node:http'
import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { type Clock, isPurserError, PurserError } from '@purser/kernel'
import { anonymous, asService, fromProtoTimestamp, type Principal } from '@purser/rpc'

/** How long a verified key is believed without asking again: the most that a revocation takes to bite. */
const POSITIVE_TTL_MS = 5_000

/** How long a refused key is refused without asking again. */
const NEGATIVE_TTL_MS = 1_000

/** Keys remembered at once; the oldest is forgotten first. */
const MAX_ENTRIES = 10_000

type Entry = { principal: Promise<Principal>; expiresAtMs: number }

/** Recognizes callers by their API key, `Authorization: Bearer pk_…` or `X-Api-Key`. */
export class Authenticator {
  readonly #user: Client<typeof UserService>
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(user: Client<typeof UserService>, clock: Clock) {
    this.#user = user
    this.#clock = clock
  }

  /**
   * Who makes a request; anonymous without credentials. Throws `auth.invalid_credentials` for a key that is unknown,
   * malformed, expired or revoked, all alike.
   */
  async authenticate(headers: IncomingHttpHeaders): Promise<Principal> {
    const secret = presentedKey(headers)
    if (secret === undefined) return anonymous
    const known = this.#entries.get(secret)
    if (known !== undefined && performance.now() < known.expiresAtMs) return await known.principal
    const entry: Entry = {
      principal: this.#verify(secret, (lifeMs) => {
        entry.expiresAtMs = performance.now() + Math.min(POSITIVE_TTL_MS, lifeMs)
      }),
      expiresAtMs: performance.now() + POSITIVE_TTL_MS,
    }
    this.#remember(secret, entry)
    try {
      return await entry.principal
    } catch (error) {
      // An outage is not remembered; a refusal is, for a moment.
      const refused = isPurserError(error) && error.kind === 'unauthenticated'
      entry.expiresAtMs = refused ? performance.now() + NEGATIVE_TTL_MS : 0
      throw error
    }
  }

  #remember(secret: string, entry: Entry): void {
    this.#entries.delete(secret)
    this.#entries.set(secret, entry)
    const oldest = this.#entries.keys().next()
    if (this.#entries.size > MAX_ENTRIES && !oldest.done) this.#entries.delete(oldest.value)
  }

  async #verify(secret: string, expiresIn: (lifeMs: number) => void): Promise<Principal> {
    const key = await this.#user.verifyApiKey({ secret }, asService('gateway', '*'))
    if (key.expireTime !== undefined) {
      const life = this.#clock.now().until(fromProtoTimestamp(key.expireTime))
      expiresIn(Math.max(0, life.total('milliseconds')))
    }
    return { kind: 'api_key', id: key.apiKeyId, tenant: key.tenant, permissions: key.permissions }
  }
}

/** Longest key that is looked at. */
const MAX_KEY_LENGTH = 200

function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const single = headers['x-api-key']
  const secret = bearer ?? (typeof single === 'string' ? single : undefined)
  if (headers.authorization !== undefined && bearer === undefined) throw invalid()
  if (secret !== undefined && secret.length > MAX_KEY_LENGTH) throw invalid()
  return secret
}

function invalid(): PurserError {
  return new PurserError('auth.invalid_credentials', 'The credentials are not valid.')
}
