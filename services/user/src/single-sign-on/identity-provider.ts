import { type Clock, PurserError } from '@purser/kernel'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
} from 'openid-client'
import { createGuardedFetch, type Reach, UnreachableError } from './guarded-fetch.ts'
import { openClientSecret } from './sealed-secrets.ts'
import type { AttemptSecrets, SsoConnection } from '../domain/sso-connection.ts'

/** Who somebody is, as their provider vouches for it. */
export type ProvenIdentity = {
  issuer: string
  subject: string
  /** Undefined when the provider did not tell one, or did not verify it. */
  verifiedEmail: string | undefined
  /** Empty when not told. */
  fullName: string
}

/** What the provider sent back. */
export type Callback = { redirectUri: string; state: string; code: string; iss: string }

const scope = 'openid email profile'
const cacheMinutes = 10
const mostCached = 100
const timeoutSeconds = 5

type Known = { configuration: Configuration; readAt: Temporal.Instant }

/**
 * OpenID providers of tenants, spoken to with openid-client: authorization code with PKCE (S256),
 * state and nonce; the id token's signature, issuer, audience, times and nonce are checked, as is
 * `iss` of the answer (RFC 9207). What a provider says of itself is remembered for 10 minutes.
 * Throws `auth.provider_unavailable` when a provider cannot be reached or makes no sense, and
 * `auth.invalid_credentials` for an answer that proves nothing.
 */
export class IdentityProviders {
  readonly #secret: string
  readonly #clock: Clock
  readonly #reach: Reach
  readonly #known = new Map<string, Known>()

  constructor(options: { secret: string; clock: Clock; reach: Reach }) {
    this.#secret = options.secret
    this.#clock = options.clock
    this.#reach = options.reach
  }

  /** Begins a sign-in with this state: where to send the person, and what to keep. */
  async begin(
    connection: SsoConnection,
    { redirectUri, state }: { redirectUri: string; state: string },
  ): Promise<{ authorizationUrl: string; secrets: AttemptSecrets }> {
    const configuration = await this.#configurationOf(connection)
    const secrets = { nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() }
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope,
      state,
      nonce: secrets.nonce,
      code_challenge: await calculatePKCECodeChallenge(secrets.codeVerifier),
      code_challenge_method: 'S256',
    })
    // What the provider says of itself is nothing to send a browser to unseen.
    if (url.protocol !== new URL(connection.issuer).protocol) throw unavailable(undefined)
    return { authorizationUrl: url.href, secrets }
  }

  /** Exchanges what the provider sent back for who it is. */
  async finish(
    connection: SsoConnection,
    callback: Callback,
    { nonce, codeVerifier }: AttemptSecrets,
  ): Promise<ProvenIdentity> {
    const configuration = await this.#configurationOf(connection)
    const { redirectUri, state, code, iss } = callback
    const url = new URL(redirectUri)
    const sent = { code, state, ...(iss === '' ? {} : { iss }) }
    for (const [name, value] of Object.entries(sent)) url.searchParams.set(name, value)
    try {
      const tokens = await authorizationCodeGrant(configuration, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new Error('the provider sent no id token')
      const told =
        claims.email === undefined && configuration.serverMetadata().userinfo_endpoint
          ? await fetchUserInfo(configuration, tokens.access_token, claims.sub)
          : claims
      return identityOf(claims, told)
    } catch (error) {
      throw refusalOf(error)
    }
  }

  async #configurationOf(connection: SsoConnection): Promise<Configuration> {
    // Sealed anew each time that the connection is stored, so that no former secret is used.
    const key = Buffer.from(connection.sealedClientSecret).toString('base64')
    const now = this.#clock.now()
    const known = this.#known.get(key)
    if (known && Temporal.Instant.compare(now, known.readAt.add({ minutes: cacheMinutes })) < 0) {
      return known.configuration
    }
    const configuration = await this.#discover(connection)
    this.#known.delete(key)
    this.#known.set(key, { configuration, readAt: now })
    const oldest = this.#known.keys().next()
    if (this.#known.size > mostCached && !oldest.done) this.#known.delete(oldest.value)
    return configuration
  }

  async #discover(connection: SsoConnection): Promise<Configuration> {
    const { issuer, clientId, connectionId, sealedClientSecret } = connection
    const clientSecret = openClientSecret(this.#secret, connectionId, sealedClientSecret)
    const execute = [enableNonRepudiationChecks]
    // Plain HTTP is for loopback alone, which the fetch checks at each request.
    if (this.#reach.loopback) execute.push(allowInsecureRequests)
    try {
      return await discovery(new URL(issuer), clientId, clientSecret, undefined, {
        execute,
        timeout: timeoutSeconds,
        [customFetch]: createGuardedFetch(this.#reach),
      })
    } catch (cause) {
      throw unavailable(cause)
    }
  }
}

type Claims = Readonly<Record<string, unknown>>

function identityOf(claims: { iss: string; sub: string }, told: Claims): ProvenIdentity {
  const { email, email_verified: verified, name } = told
  // Some providers write the boolean as text.
  const isVerified = verified === true || verified === 'true'
  return {
    issuer: claims.iss,
    subject: claims.sub,
    verifiedEmail: typeof email === 'string' && isVerified ? email : undefined,
    fullName: typeof name === 'string' ? name.trim() : '',
  }
}

/** Whatever a provider answers proves nothing; that it does not answer says nothing of the person. */
function refusalOf(error: unknown): PurserError {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const hasFailed = cause.cause instanceof Response && cause.cause.status >= 500
    if (cause instanceof UnreachableError || hasFailed) return unavailable(error)
  }
  return new PurserError('auth.invalid_credentials', 'The sign-in was refused.', { cause: error })
}

function unavailable(cause: unknown): PurserError {
  const message = 'The identity provider cannot be reached, or its answer makes no sense.'
  return new PurserError('auth.provider_unavailable', message, { cause })
}
