import { randomBytes } from 'node:crypto'
import { newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { UserContext } from '../context.ts'
import {
  findNewestSigningKey,
  insertSigningKey,
  lockSigningKeys,
  type SigningKeyRecord,
} from '../store/signing-key.ts'
import { openSealedKey, sealKey } from './sealed-key.ts'

/** What signs access tokens: an Ed25519 key and the `kid` that names it. */
export type SigningKey = { keyId: string; privateKey: CryptoKey }

const rotateAfterHours = 30 * 24
const cacheSeconds = 60

/** The platform's signing keys, shared by every process through the database. */
export type SigningKeys = {
  /**
   * The newest key. A key signs for 30 days; the first caller after that makes the next one, and of
   * callers at the same time, in however many processes, one does. Remembered for 60 seconds. Uses
   * a connection of its own: not to be called inside a transaction, which may hold the last one.
   * Throws `platform.internal` when the key was sealed with another secret or altered.
   */
  current(): Promise<SigningKey>
}

export function createSigningKeys(ctx: Pick<UserContext, 'db' | 'clock' | 'secret'>): SigningKeys {
  let cached: { key: SigningKey; createdAt: Temporal.Instant; readAt: Temporal.Instant } | undefined
  let loading: Promise<SigningKey> | undefined

  async function load(now: Temporal.Instant): Promise<SigningKey> {
    const record =
      (await ctx.db.system((tx) => findUsable(tx, now), { readOnly: true })) ??
      (await makeKey(ctx, now))
    const key = { keyId: record.keyId, privateKey: await openKey(ctx.secret, record) }
    cached = { key, createdAt: record.createdAt, readAt: now }
    return key
  }

  return {
    async current() {
      const now = ctx.clock.now().round('microsecond')
      if (cached && isFresh(cached.readAt, now) && isUsable(cached.createdAt, now)) {
        return cached.key
      }
      loading ??= load(now).finally(() => {
        loading = undefined
      })
      return await loading
    },
  }
}

async function findUsable(tx: Tx, now: Temporal.Instant): Promise<SigningKeyRecord | undefined> {
  const newest = await findNewestSigningKey(tx)
  return newest && isUsable(newest.createdAt, now) ? newest : undefined
}

async function makeKey(
  ctx: Pick<UserContext, 'db' | 'secret'>,
  now: Temporal.Instant,
): Promise<SigningKeyRecord> {
  const made = await newKey(ctx.secret, now)
  return await ctx.db.system(async (tx) => {
    await lockSigningKeys(tx)
    // Whoever held the lock before has made a key.
    const rival = await findUsable(tx, now)
    if (rival !== undefined) return rival
    await insertSigningKey(tx, made)
    return made
  })
}

async function newKey(secret: string, createdAt: Temporal.Instant): Promise<SigningKeyRecord> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const keyId = newId('jwk')
  const { kty, crv, x } = await exportJWK(pair.publicKey)
  const publicJwk = { kty, crv, x, kid: keyId, alg: 'EdDSA', use: 'sig' }
  const privateKey = JSON.stringify(await exportJWK(pair.privateKey))
  const sealedPrivateJwk = sealKey(secret, { keyId, privateKey, nonce: randomBytes(12) })
  return { keyId, publicJwk, sealedPrivateJwk, createdAt }
}

async function openKey(secret: string, record: SigningKeyRecord): Promise<CryptoKey> {
  const { keyId, sealedPrivateJwk: sealed } = record
  try {
    const key = await importJWK(JSON.parse(openSealedKey(secret, { keyId, sealed })), 'EdDSA')
    return key as CryptoKey // A symmetric key alone is answered as bytes.
  } catch (cause) {
    const message = 'The key that signs access tokens cannot be opened: was PURSER_SECRET changed?'
    throw new PurserError('platform.internal', message, { cause })
  }
}

function isUsable(createdAt: Temporal.Instant, now: Temporal.Instant): boolean {
  return Temporal.Instant.compare(now, createdAt.add({ hours: rotateAfterHours })) < 0
}

function isFresh(readAt: Temporal.Instant, now: Temporal.Instant): boolean {
  return Temporal.Instant.compare(now, readAt.add({ seconds: cacheSeconds })) < 0
}
