import { createHash } from 'node:crypto'

/** What kind of principal acted. */
export type AuditActorKind = 'user' | 'api_key' | 'service' | 'anonymous'

/** An act before it has its place in a tenant's log. */
export type AuditAct = {
  /** UUID of the fact: the same act is in the log once. */
  eventId: string
  /** The id of the operation: `user.create_role`. */
  action: string
  actorKind: AuditActorKind
  /** Empty for nobody known. */
  actorId: string
  /** Identifiers by the names that the contract gives them. */
  object: Readonly<Record<string, string>>
  /** In whole microseconds. */
  actedAt: Temporal.Instant
  requestId: string
  /** Empty when unknown. */
  clientAddress: string
}

/** An act in the log. */
export type AuditEntry = AuditAct & {
  /** From 1 without gaps, by tenant. */
  sequence: bigint
  /** In whole microseconds. */
  recordedAt: Temporal.Instant
  /** `hash` of the entry before, 32 bytes. */
  previousHash: Buffer
  /** See `hashEntry`. */
  hash: Buffer
}

/** The newest entry of a log: where the chain goes on. */
export type AuditHead = { sequence: bigint; hash: Buffer }

/** The head of a log without entries: 32 zero bytes. */
export const EMPTY_LOG: AuditHead = { sequence: 0n, hash: Buffer.alloc(32) }

/** The acts as the next entries after `head`, in their order. */
export function appendActs(
  tenantId: string,
  head: AuditHead,
  acts: readonly AuditAct[],
  recordedAt: Temporal.Instant,
): AuditEntry[] {
  let { sequence, hash: previousHash } = head
  return acts.map((act) => {
    sequence += 1n
    const unhashed = { ...act, sequence, recordedAt, previousHash }
    const hash = hashEntry(tenantId, unhashed)
    previousHash = hash
    return { ...unhashed, hash }
  })
}

/**
 * SHA-256 of the entry's canonical text in UTF-8, 32 bytes. The text is a JSON array of strings
 * without white space, escaped as ECMAScript's `JSON.stringify` does: `"1"` (version of this form),
 * tenant, sequence, event id, act time, record time, action, actor kind, actor id, the object's names
 * and values by turns in ascending order of the names' UTF-16 units, as an array of its own, request
 * id, client address, `previousHash` in lower-case hexadecimal. Times are RFC 3339 in UTC with six
 * digits after the point: `2026-02-15T12:00:00.000000Z`.
 */
function hashEntry(tenantId: string, entry: Omit<AuditEntry, 'hash'>): Buffer {
  const { object } = entry
  const text = JSON.stringify([
    '1',
    tenantId,
    String(entry.sequence),
    entry.eventId,
    timeText(entry.actedAt),
    timeText(entry.recordedAt),
    entry.action,
    entry.actorKind,
    entry.actorId,
    Object.keys(object)
      .sort()
      .flatMap((name) => [name, object[name]]),
    entry.requestId,
    entry.clientAddress,
    entry.previousHash.toString('hex'),
  ])
  return createHash('sha256').update(text).digest()
}

/**
 * The sequence of the first entry that does not go on from `before`: its number, its link to the one
 * before or its content is not what was written. Undefined when all do. `entries` are in order.
 */
export function findBreak(
  tenantId: string,
  before: AuditHead,
  entries: readonly AuditEntry[],
): bigint | undefined {
  let head = before
  for (const entry of entries) {
    const expected = head.sequence + 1n
    const isNext = entry.sequence === expected && entry.previousHash.equals(head.hash)
    if (!isNext || !entry.hash.equals(hashEntry(tenantId, entry))) return expected
    head = entry
  }
  return undefined
}

function timeText(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'microsecond' })
}
