import type { Clock } from '@purser/kernel'
import { type CryptoKey, jwtVerify } from 'jose'
import { invalidCredentials } from './invalid-credentials.ts'
import type { SigningKeys } from './signing-keys.ts'
import { type JsonMembers, readUnambiguousObject } from './unambiguous-json.ts'

/** What an access token says: who, of which tenant, in which session. */
export type AccessClaims = { userId: string; tenant: string; sessionId: string }

const ALGORITHM = 'EdDSA'
const TYPE = 'at+jwt'
const AUDIENCE = 'purser'
const MAX_TOKEN_LENGTH = 4_096

/** How far the clocks of who signs and who verifies may be apart. */
const CLOCK_TOLERANCE_SECONDS = 5

const slug = /^[a-z0-9][a-z0-9_-]{0,62}$/
const resourceId = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/
const keyId = /^[A-Za-z0-9_-]{1,128}$/

/** Tokens remembered at once; the oldest is forgotten first. */
const MAX_REMEMBERED = 10_000

/** A token that was good: it stays so until it expires, while its key is the one that verified it. */
type GoodToken = { claims: AccessClaims; kid: string; key: CryptoKey; expiresAtMs: number }

/**
 * Verifies access tokens (RFC 9068 with the rules of RFC 8725) without asking anyone but for the keys. A signature
 * costs more than all the rest of a request, so that a good token is verified once, not at each request.
 */
export class AccessTokenVerifier {
  readonly #issuer: string
  readonly #clock: Clock
  readonly #keys: SigningKeys
  readonly #good = new Map<string, GoodToken>()

  constructor(options: { issuer: string; clock: Clock; keys: SigningKeys }) {
    this.#issuer = options.issuer
    this.#clock = options.clock
    this.#keys = options.keys
  }

  /** What a token says that was verified before and is still good, without waiting; undefined otherwise. */
  recall(token: string): AccessClaims | undefined {
    const known = this.#good.get(token)
    if (known === undefined) return undefined
    const isGood = this.#clock.now().epochMilliseconds < known.expiresAtMs
    return isGood && this.#keys.recall(known.kid) === known.key ? known.claims : undefined
  }

  /** What a token says. Throws `auth.invalid_credentials`, or why the keys could not be asked for. */
  async verify(token: string): Promise<AccessClaims> {
    const now = this.#clock.now().epochMilliseconds
    const known = this.#good.get(token)
    if (known !== undefined && now < known.expiresAtMs) {
      if ((await this.#keys.find(known.kid)) === known.key) return known.claims
    }
    const good = await this.#verifySignature(token, now)
    this.#remember(token, good)
    return good.claims
  }

  async #verifySignature(token: string, now: number): Promise<GoodToken> {
    const { kid, payload } = readParts(token)
    const claims = readClaims(payload)
    const key = await this.#keys.find(kid)
    if (key === undefined) throw invalidCredentials()
    // Issued in the future: the signer's clock, or somebody's plan. `jwtVerify` looks at it with an age limit alone.
    const { iat } = payload
    if (typeof iat !== 'number' || iat > now / 1_000 + CLOCK_TOLERANCE_SECONDS) {
      throw invalidCredentials()
    }
    try {
      const verified = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: this.#issuer,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'tenant', 'sid', 'exp', 'iat'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now),
      })
      const { exp = 0 } = verified.payload
      return { claims, kid, key, expiresAtMs: (exp + CLOCK_TOLERANCE_SECONDS) * 1_000 }
    } catch (cause) {
      throw invalidCredentials(cause)
    }
  }

  #remember(token: string, good: GoodToken): void {
    this.#good.delete(token)
    this.#good.set(token, good)
    const oldest = this.#good.keys().next()
    if (this.#good.size > MAX_REMEMBERED && !oldest.done) this.#good.delete(oldest.value)
  }
}

/** Header and payload of a token in its one canonical form, before any of it is trusted. */
function readParts(token: string): { kid: string; payload: JsonMembers } {
  const parts = token.length > MAX_TOKEN_LENGTH ? [] : token.split('.')
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3 || bytesOf(signature) === undefined) throw invalidCredentials()
  return { kid: readHeader(readPart(header)), payload: readPart(payload) }
}

/** The key's name. No other parameter may stand beside: nobody but this server says how it verifies. */
function readHeader({ alg, typ, kid, ...others }: JsonMembers): string {
  const isOurs = alg === ALGORITHM && typ === TYPE && Object.keys(others).length === 0
  if (!isOurs || typeof kid !== 'string' || !keyId.test(kid)) throw invalidCredentials()
  return kid
}

function readClaims({ sub, tenant, sid, aud }: JsonMembers): AccessClaims {
  // A token for several audiences is not one for this.
  if (aud !== AUDIENCE) throw invalidCredentials()
  return {
    userId: matching(sub, resourceId),
    tenant: matching(tenant, slug),
    sessionId: matching(sid, resourceId),
  }
}

function matching(claim: unknown, pattern: RegExp): string {
  if (typeof claim !== 'string' || !pattern.test(claim)) throw invalidCredentials()
  return claim
}

function readPart(part: string): JsonMembers {
  const bytes = bytesOf(part)
  const members = bytes && readUnambiguousObject(textOf(bytes))
  if (members === undefined) throw invalidCredentials()
  return members
}

/** Undefined for what is empty or no canonical base64url: two spellings of a token would be two tokens. */
function bytesOf(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw invalidCredentials(cause)
  }
}
