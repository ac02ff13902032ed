import { randomBytes } from 'node:crypto'
import { assert, newId } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { UserContext } from '../context.ts'
import { forgottenBefore, isPublished, maySign, needsSuccessor } from '../domain/signing-key-age.ts'
import {
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  retireSigningKeys,
  type SigningKeyRecord,
} from '../store/signing-key.ts'
import { openSealedKey, sealKey } from './sealed-key.ts'

/** What signs access tokens: an Ed25519 key and the `kid` that names it. */
export type SigningKey = { keyId: string; privateKey: CryptoKey }

type KeysContext = Pick<UserContext, 'db' | 'clock' | 'secret' | 'log'>

/** A key with its private JWK as JSON, newest first in lists. */
type OpenKey = { record: SigningKeyRecord; privateJwk: string }

const cacheSeconds = 60

/** The platform's signing keys, shared by every process through the database. */
export type SigningKeys = {
  /**
   * The key to sign with. One is followed by the next after 30 days, which is published 10 minutes
   * before it signs; of callers at the same time, in however many processes, one makes it. Keys that
   * were sealed with another secret, or altered, are retired when no other is left, and told of in
   * the log. Remembered for 60 seconds. Uses a connection of its own: not to be called inside a
   * transaction, which may hold the last one.
   */
  current(): Promise<SigningKey>
}

export function createSigningKeys(ctx: KeysContext): SigningKeys {
  let cached: { key: SigningKey; readAt: Temporal.Instant } | undefined
  let loading: Promise<SigningKey> | undefined

  async function load(now: Temporal.Instant): Promise<SigningKey> {
    const known = await ctx.db.system((tx) => readKeys(ctx, tx, now), { readOnly: true })
    const { open } = isEnough(known, now) ? known : await makeKey(ctx, now)
    const chosen = open.find(({ record }) => isPublished(record, now)) ?? open[0]
    assert(chosen, 'a key was made')
    const key = { keyId: chosen.record.keyId, privateKey: await importKey(chosen) }
    cached = { key, readAt: now }
    return key
  }

  return {
    async current() {
      const now = ctx.clock.now().round('microsecond')
      if (cached && isFresh(cached.readAt, now)) return cached.key
      loading ??= load(now).finally(() => {
        loading = undefined
      })
      return await loading
    },
  }
}

/** Keys that may sign, and ids of all that this process cannot open. */
type KnownKeys = { open: readonly OpenKey[]; sealedIds: readonly string[] }

async function readKeys(ctx: KeysContext, tx: Tx, now: Temporal.Instant): Promise<KnownKeys> {
  const records = await listSigningKeys(tx, forgottenBefore(now))
  const tried = records.map((record) => ({ record, privateJwk: tryToOpen(ctx.secret, record) }))
  return {
    open: tried.flatMap(({ record, privateJwk }) =>
      privateJwk !== undefined && maySign(record, now) ? [{ record, privateJwk }] : [],
    ),
    sealedIds: tried.flatMap(({ record, privateJwk }) =>
      privateJwk === undefined && record.retiredAt === undefined ? [record.keyId] : [],
    ),
  }
}

function isEnough({ open: [newest] }: KnownKeys, now: Temporal.Instant): boolean {
  return newest !== undefined && !needsSuccessor(newest.record, now)
}

async function makeKey(ctx: KeysContext, now: Temporal.Instant): Promise<KnownKeys> {
  const made = await newKey(ctx.secret, now)
  return await ctx.db.system(async (tx) => {
    await lockSigningKeys(tx)
    // Whoever held the lock before has made a key.
    const known = await readKeys(ctx, tx, now)
    if (isEnough(known, now)) return known
    const { open, sealedIds } = known
    if (open.length === 0 && sealedIds.length > 0) {
      await retireSigningKeys(tx, { keyIds: sealedIds, retiredAt: now })
      ctx.log.error(
        { keyIds: sealedIds },
        'keys that sign access tokens cannot be opened: PURSER_SECRET was changed, or they were ' +
          'altered. They are retired and a new one is made; sessions go on',
      )
    }
    await insertSigningKey(tx, made.record)
    return { open: [made, ...open], sealedIds: [] }
  })
}

async function newKey(secret: string, createdAt: Temporal.Instant): Promise<OpenKey> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const keyId = newId('jwk')
  const { kty, crv, x } = await exportJWK(pair.publicKey)
  const publicJwk = { kty, crv, x, kid: keyId, alg: 'EdDSA', use: 'sig' }
  const privateJwk = JSON.stringify(await exportJWK(pair.privateKey))
  const nonce = randomBytes(12)
  const sealedPrivateJwk = sealKey(secret, { keyId, privateKey: privateJwk, nonce })
  return {
    record: { keyId, publicJwk, sealedPrivateJwk, createdAt, retiredAt: undefined },
    privateJwk,
  }
}

function tryToOpen(secret: string, record: SigningKeyRecord): string | undefined {
  try {
    return openSealedKey(secret, { keyId: record.keyId, sealed: record.sealedPrivateJwk })
  } catch {
    return undefined
  }
}

async function importKey({ privateJwk }: OpenKey): Promise<CryptoKey> {
  const key = await importJWK(JSON.parse(privateJwk), 'EdDSA')
  return key as CryptoKey // A symmetric key alone is answered as bytes.
}

function isFresh(readAt: Temporal.Instant, now: Temporal.Instant): boolean {
  return Temporal.Instant.compare(now, readAt.add({ seconds: cacheSeconds })) < 0
}
