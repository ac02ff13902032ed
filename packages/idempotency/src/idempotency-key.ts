import { createHash } from 'node:crypto'
import {
  type DescField,
  type DescMethodUnary,
  fromBinary,
  type Message,
  toBinary,
} from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import { openReply, sealReply } from './sealed-reply.ts'
import { findReply, forgetOldReplies, insertReply, tryLockKey } from './stored-reply.ts'

/** Header of a call, and of the request at the gateway, that brings the key. */
const HEADER = 'idempotency-key'

/** Visible ASCII: fits into a header, and looks the same to everybody. */
const keyPattern = /^[\x21-\x7e]{1,255}$/

/** Length from which on a key may be believed to be random, and so its sender's own: a UUID has 36. */
const LEAST_ANONYMOUS_LENGTH = 32

/** A method, and the field of its request that proves whose its keys are, if there is one. */
type KeyedMethod = { method: DescMethodUnary; holder: DescField | undefined }

/** The key of one request, and the reply that is kept under it. */
export class IdempotencyKey {
  readonly #method: DescMethodUnary
  readonly #tenantId: string
  readonly #principal: string
  readonly #key: string
  readonly #keyHash: Buffer
  readonly #requestHash: Buffer

  /**
   * The request's key; undefined without one. Throws `request.invalid` for what can be no key, and for
   * one that others may think of when nothing else says whose it is: its reply would be theirs.
   */
  static of(
    { method, holder }: KeyedMethod,
    request: Message,
    call: HandlerContext,
    tenantId: string,
  ): IdempotencyKey | undefined {
    const key = call.requestHeader.get(HEADER)
    if (key === null) return undefined
    if (!keyPattern.test(key)) {
      throw invalid('The header Idempotency-Key takes 1 to 255 visible ASCII characters.')
    }
    const principal = holder ? holderOf(holder, request) : callerOf(call)
    if (principal === ANYBODY && key.length < LEAST_ANONYMOUS_LENGTH) {
      throw invalid('Without credentials an Idempotency-Key is 32 random characters or more.')
    }
    return new IdempotencyKey(method, request, { key, tenantId, principal })
  }

  private constructor(
    method: DescMethodUnary,
    request: Message,
    { key, tenantId, principal }: { key: string; tenantId: string; principal: string },
  ) {
    this.#method = method
    this.#tenantId = tenantId
    this.#principal = principal
    this.#key = key
    this.#keyHash = createHash('sha256').update(key).digest()
    this.#requestHash = hashRequest(method, request)
  }

  /**
   * The reply that is kept, if there is one; if not, nobody else keeps one until `tx` ends. Throws
   * `request.in_progress` while another transaction is about to, `request.idempotency_mismatch`
   * when the key came with another method or request.
   */
  async lockAndFind(tx: Tx): Promise<Message | undefined> {
    const place = { principal: this.#principal, keyHash: this.#keyHash }
    if (!(await tryLockKey(tx, this.#tenantId, place))) throw inProgress()
    const stored = await findReply(tx, this.#tenantId, place)
    if (stored === undefined) return undefined
    if (!stored.requestHash.equals(this.#requestHash)) throw mismatch()
    return fromBinary(
      this.#method.output,
      openReply(stored.sealedReply, this.#key, place.principal),
    )
  }

  /** Keeps the reply to the first request. Expects `lockAndFind` in the same transaction. */
  async keep(tx: Tx, reply: Message): Promise<void> {
    const principal = this.#principal
    const sealedReply = sealReply(toBinary(this.#method.output, reply), this.#key, principal)
    const kept = { principal, keyHash: this.#keyHash, requestHash: this.#requestHash, sealedReply }
    await insertReply(tx, this.#tenantId, kept)
    await forgetOldReplies(tx, this.#tenantId)
  }
}

/** Principal of keys whose sender nobody knows. */
const ANYBODY = 'anonymous:'

function callerOf(call: HandlerContext): string {
  const { kind, id } = principalOf(call)
  return `${kind}:${id}`
}

/** Whoever has the secret in the field. */
function holderOf(field: DescField, request: Message): string {
  const secret = String((request as Message & Record<string, unknown>)[field.localName])
  return `holder:${createHash('sha256').update(secret).digest('hex')}`
}

function invalid(message: string): PurserError {
  return new PurserError('request.invalid', message)
}

function inProgress(): PurserError {
  return new PurserError(
    'request.in_progress',
    'The first request with this Idempotency-Key is still running; try again in a moment.',
  )
}

function mismatch(): PurserError {
  return new PurserError(
    'request.idempotency_mismatch',
    'This Idempotency-Key came with another request before; use a new key for a new request.',
  )
}

function hashRequest(method: DescMethodUnary, request: Message): Buffer {
  return createHash('sha256')
    .update(`${method.parent.typeName}/${method.name}\0`)
    .update(toBinary(method.input, request, { writeUnknownFields: false }))
    .digest()
}
