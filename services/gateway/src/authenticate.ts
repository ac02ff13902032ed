import type { IncomingHttpHeaders } from 'node:http'
import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import { anonymous, asService, fromProtoTimestamp, type Principal } from '@purser/rpc'
import { AccessTokenVerifier } from './access-token.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import { SessionResolver } from './session-resolver.ts'
import { SigningKeys } from './signing-keys.ts'
import { isRefusal, VerdictCache } from './verdict-cache.ts'

export type AuthenticatorOptions = {
  user: Client<typeof UserService>
  clock: Clock
  /** `iss` that access tokens must have. */
  issuer: string
  /** Milliseconds that never go back, for how long answers are believed; `performance.now` unless given. */
  nowMs?: () => number
}

/** Who makes a request. */
export type Caller = {
  principal: Principal
  /** The session of a person who is signed in. */
  sessionId?: string
}

const nobody: Caller = { principal: anonymous }

/** An API key starts with this; every other bearer value is an access token. */
const API_KEY_START = 'pk_'

/** How all but odd clients spell the scheme of a bearer. */
const BEARER = 'Bearer '

/** Longest API key that is looked at. */
const MAX_KEY_LENGTH = 200

/**
 * Recognizes callers by an API key, `Authorization: Bearer pk_…` or `X-Api-Key`, or by a person's access token,
 * `Authorization: Bearer <JWT>`.
 */
export class Authenticator {
  readonly #user: Client<typeof UserService>
  readonly #clock: Clock
  readonly #apiKeys: VerdictCache<Caller>
  readonly #signingKeys: SigningKeys
  readonly #tokens: AccessTokenVerifier
  readonly #sessions: SessionResolver

  constructor({ user, clock, issuer, nowMs = () => performance.now() }: AuthenticatorOptions) {
    this.#user = user
    this.#clock = clock
    this.#apiKeys = new VerdictCache(nowMs)
    this.#signingKeys = new SigningKeys(user, nowMs)
    this.#tokens = new AccessTokenVerifier({ issuer, clock, keys: this.#signingKeys })
    this.#sessions = new SessionResolver(user, nowMs)
  }

  /**
   * What `authenticate` would answer, without waiting: the caller, when all that has to be known of it is known and
   * still believed. Undefined says nothing about the credentials but that `authenticate` has to be asked.
   */
  recall({ authorization, 'x-api-key': single }: IncomingHttpHeaders): Caller | undefined {
    if (authorization === undefined) {
      if (single === undefined) return nobody
      return typeof single === 'string' ? this.#apiKeys.recall(single) : undefined
    }
    if (!authorization.startsWith(BEARER)) return undefined
    // Only what was verified is remembered, so that a value that is found is well formed.
    const value = authorization.slice(BEARER.length)
    if (value.startsWith(API_KEY_START)) return this.#apiKeys.recall(value)
    const claims = this.#tokens.recall(value)
    return claims === undefined ? undefined : this.#sessions.recall(claims)
  }

  /**
   * Who makes a request; anonymous without credentials. Throws `auth.invalid_credentials` for an API key or access
   * token that is unknown, malformed, expired or revoked, all alike; other errors mean that nobody could tell.
   */
  async authenticate(headers: IncomingHttpHeaders): Promise<Caller> {
    const credential = presentedCredential(headers)
    if (credential === undefined) return nobody
    try {
      if (credential.kind === 'api_key') return await this.#ofKey(credential.value)
      return await this.#sessions.resolve(await this.#tokens.verify(credential.value))
    } catch (error) {
      throw isRefusal(error) ? invalidCredentials(error) : error
    }
  }

  /** The public keys that access tokens are verified with, as the text of a JSON Web Key Set (RFC 7517). */
  jwks(): Promise<string> {
    return this.#signingKeys.jwks()
  }

  #ofKey(secret: string): Promise<Caller> {
    return this.#apiKeys.get(secret, async (expireIn) => {
      const key = await this.#user.verifyApiKey({ secret }, asService('gateway', '*'))
      if (key.expireTime !== undefined) {
        const life = this.#clock.now().until(fromProtoTimestamp(key.expireTime))
        expireIn(Math.max(0, life.total('milliseconds')))
      }
      const { apiKeyId: id, tenant, permissions } = key
      return { principal: { kind: 'api_key', id, tenant, permissions } }
    })
  }
}

/** Whether a request shows anything that has to be verified, however malformed. */
export function presentsCredentials(headers: IncomingHttpHeaders): boolean {
  return headers.authorization !== undefined || headers['x-api-key'] !== undefined
}

type Credential = { kind: 'api_key' | 'access_token'; value: string }

function presentedCredential(headers: IncomingHttpHeaders): Credential | undefined {
  const single = headers['x-api-key']
  if (headers.authorization === undefined) {
    return typeof single === 'string' ? apiKey(single) : undefined
  }
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1]
  if (bearer === undefined) throw invalidCredentials()
  return bearer.startsWith(API_KEY_START) ? apiKey(bearer) : { kind: 'access_token', value: bearer }
}

function apiKey(value: string): Credential {
  if (value.length > MAX_KEY_LENGTH) throw invalidCredentials()
  return { kind: 'api_key', value }
}
