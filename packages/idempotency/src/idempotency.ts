import { createHash } from 'node:crypto'
import {
  type DescMethodUnary,
  fromBinary,
  type MessageShape,
  toBinary,
  type DescMessage,
} from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import type { Database, Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import { joinable } from './joined-transaction.ts'
import { openReply, sealReply } from './sealed-reply.ts'
import { findReply, forgetOldReplies, insertReply, tryLockKey } from './stored-reply.ts'

/** Header of a call, and of the request at the gateway, that brings the key. */
const HEADER = 'idempotency-key'

/** Visible ASCII: fits into a header, and looks the same to everybody. */
const keyPattern = /^[\x21-\x7e]{1,255}$/

type Handler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  call: HandlerContext,
) => Promise<MessageShape<O>>

const wrapped = new WeakSet<object>()

/** Whether the handler was made by `once`. */
export function takesIdempotencyKey(handler: object): boolean {
  return wrapped.has(handler)
}

/** Makes writes happen once for each `Idempotency-Key`. */
export type Idempotency = {
  /** The service's database. Inside `once`, its transactions are parts of the one that stores the reply. */
  database: Database
  /**
   * The handler of a method, once a key: the effect and the reply are stored in one transaction, and
   * the same principal's same key answers the stored reply, byte for byte, for 7 days. Without a key
   * the handler runs as it is.
   *
   * Throws `request.idempotency_mismatch` when the key came with another method or request,
   * `request.in_progress` while the first request with it runs, `request.invalid` for a key that is
   * not 1 to 255 visible ASCII characters. A refusal is not stored: nothing happened.
   *
   * The handler must bring all its effects about in `database`, one transaction after another; what
   * it tells other services before that must be repeatable.
   */
  once<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    handler: Handler<I, O>,
  ): Handler<I, O>
}

/** Idempotency on a database whose schema has this package's table. */
export function createIdempotency(database: Database): Idempotency {
  const joined = joinable(database)
  return {
    database: joined.database,
    once: (method, handler) => {
      const onceHandler: typeof handler = async (request, call) => {
        const key = call.requestHeader.get(HEADER)
        if (key === null) return await handler(request, call)
        checkKey(key)
        const { tenant, kind, id } = principalOf(call)
        const principal = `${kind}:${id}`
        const requestHash = hashRequest(method, request)
        return await database.tx(tenant, async (tx) => {
          const place = { principal, keyHash: sha256(key) }
          await lockOrRefuse(tx, tenant, place)
          const stored = await findReply(tx, tenant, place)
          if (stored !== undefined) {
            if (!stored.requestHash.equals(requestHash)) throw mismatch()
            return fromBinary(method.output, openReply(stored.sealedReply, key, principal))
          }
          const reply = await joined.run(tx, () => handler(request, call))
          const sealedReply = sealReply(toBinary(method.output, reply), key, principal)
          await insertReply(tx, tenant, { ...place, requestHash, sealedReply })
          await forgetOldReplies(tx, tenant)
          return reply
        })
      }
      wrapped.add(onceHandler)
      return onceHandler
    },
  }
}

function checkKey(key: string): void {
  if (keyPattern.test(key)) return
  throw new PurserError(
    'request.invalid',
    'The header Idempotency-Key takes 1 to 255 visible ASCII characters.',
  )
}

async function lockOrRefuse(
  tx: Tx,
  tenant: string,
  place: { principal: string; keyHash: Buffer },
): Promise<void> {
  if (await tryLockKey(tx, tenant, place)) return
  throw new PurserError(
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

function hashRequest<I extends DescMessage>(
  method: DescMethodUnary<I, DescMessage>,
  request: MessageShape<I>,
): Buffer {
  return createHash('sha256')
    .update(`${method.parent.typeName}/${method.name}\0`)
    .update(toBinary(method.input, request, { writeUnknownFields: false }))
    .digest()
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
