import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import { type CryptoKey, importJWK } from 'jose'

/** How long the keys are believed without asking again: the most that a withdrawn key still counts. */
const TTL_MS = 300_000

/**
 * Tokens that name an unknown key make the keys be asked for again, this often at most. A key is listed 10 minutes
 * before it signs, so that none of these is good but right after all former keys were retired.
 */
const UNKNOWN_KEY_PAUSE_MS = 1_000

/** A key, and what is told of it to the public. */
type SigningKey = { jwk: Record<string, string>; key: CryptoKey }

type KeySet = { keys: ReadonlyMap<string, SigningKey>; fetchedAtMs: number }

/** The public keys of access tokens by `kid`, looked up in memory alone. A new key needs no restart. */
export class SigningKeys {
  readonly #user: Client<typeof UserService>
  readonly #nowMs: () => number
  #current: KeySet | undefined
  #fetching: Promise<KeySet> | undefined

  constructor(user: Client<typeof UserService>, nowMs: () => number) {
    this.#user = user
    this.#nowMs = nowMs
  }

  /** What `find` would answer, without waiting; undefined when the keys have to be asked for. */
  recall(kid: string): CryptoKey | undefined {
    return this.#known(TTL_MS)?.keys.get(kid)?.key
  }

  /** The Ed25519 key of that very name. Throws what the user service throws when it cannot be asked. */
  async find(kid: string): Promise<CryptoKey | undefined> {
    const known = (await this.#fresh(TTL_MS)).keys.get(kid)
    return (known ?? (await this.#fresh(UNKNOWN_KEY_PAUSE_MS)).keys.get(kid))?.key
  }

  /** All of them as a JSON Web Key Set, public members alone. */
  async jwks(): Promise<string> {
    const { keys } = await this.#fresh(TTL_MS)
    return JSON.stringify({ keys: [...keys.values()].map(({ jwk }) => jwk) })
  }

  async #fresh(maxAgeMs: number): Promise<KeySet> {
    const known = this.#known(maxAgeMs)
    if (known !== undefined) return known
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined
    })
    return await this.#fetching
  }

  #known(maxAgeMs: number): KeySet | undefined {
    const isFresh = this.#current && this.#nowMs() - this.#current.fetchedAtMs < maxAgeMs
    return isFresh ? this.#current : undefined
  }

  async #fetch(): Promise<KeySet> {
    const { jwksJson } = await this.#user.listSigningKeys({}, asService('gateway', '*'))
    this.#current = { keys: await readKeys(jwksJson), fetchedAtMs: this.#nowMs() }
    return this.#current
  }
}

/** Keys of other kinds are left out. */
async function readKeys(jwksJson: string): Promise<Map<string, SigningKey>> {
  const keys = new Map<string, SigningKey>()
  for (const { kty, crv, x, kid } of readJwks(jwksJson)) {
    if (kty !== 'OKP' || crv !== 'Ed25519') continue
    if (typeof x !== 'string' || typeof kid !== 'string') continue
    const jwk = { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }
    const key = await importJWK(jwk, 'EdDSA')
    if (!(key instanceof Uint8Array)) keys.set(kid, { jwk, key })
  }
  return keys
}

function readJwks(jwksJson: string): Record<string, unknown>[] {
  try {
    const { keys } = JSON.parse(jwksJson) as { keys: Record<string, unknown>[] }
    return keys.filter((key) => typeof key === 'object' && key !== null)
  } catch (cause) {
    throw new PurserError('platform.unavailable', 'The signing keys are not readable.', { cause })
  }
}
