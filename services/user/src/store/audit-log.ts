import { statement, type Tx } from '@purser/postgres'
import {
  type AuditAct,
  type AuditActorKind,
  type AuditEntry,
  type AuditHead,
  EMPTY_LOG,
} from '../domain/audit-chain.ts'

type HeadRow = { sequence: bigint; hash: Buffer }

const lockHeadStatement = statement(
  'user.lock_audit_head',
  `insert into audit_head as known (tenant_id, sequence, hash)
   values ($1, $2::bigint, $3::bytea)
   on conflict (tenant_id) do update
   set sequence = known.sequence
   returning sequence, hash`,
)

/** The newest entry of the tenant. Nobody else appends until the transaction ends. */
export async function lockAuditHead(tx: Tx, tenantId: string): Promise<AuditHead> {
  const { sequence, hash } = EMPTY_LOG
  const [row] = await tx.query<HeadRow>(lockHeadStatement, [tenantId, sequence, hash])
  return row ?? EMPTY_LOG
}

const findHeadStatement = statement(
  'user.find_audit_head',
  `select sequence, hash
   from audit_head
   where tenant_id = $1`,
)

/** The newest entry of the tenant as whoever appended it noted. Takes no lock. */
export async function findAuditHead(tx: Tx, tenantId: string): Promise<AuditHead> {
  const [row] = await tx.query<HeadRow>(findHeadStatement, [tenantId])
  return row ?? EMPTY_LOG
}

const listKnownStatement = statement(
  'user.list_known_audit_events',
  `select event_id
   from audit_entry
   where tenant_id = $1
     and event_id = any($2::uuid[])`,
)

/** Those of the acts that the log does not have, each once, in order. Expects the head locked. */
export async function newActsOf(
  tx: Tx,
  tenantId: string,
  acts: readonly AuditAct[],
): Promise<AuditAct[]> {
  const byEvent = new Map(acts.map((act) => [act.eventId, act]))
  const known = await tx.query<{ event_id: string }>(listKnownStatement, [
    tenantId,
    [...byEvent.keys()],
  ])
  for (const { event_id } of known) byEvent.delete(event_id)
  return [...byEvent.values()]
}

const insertEntriesStatement = statement(
  'user.insert_audit_entries',
  `insert into audit_entry (
     tenant_id, sequence, event_id, action, actor_kind, actor_id, object, acted_at, recorded_at,
     request_id, client_address, previous_hash, hash
   )
   select $1, sequence, event_id, action, actor_kind, actor_id, object::jsonb, acted_at,
     $13::timestamptz, request_id, client_address, previous_hash, hash
   from unnest(
     $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
     $9::text[], $10::text[], $11::bytea[], $12::bytea[]
   ) as appended(
     sequence, event_id, action, actor_kind, actor_id, object, acted_at, request_id,
     client_address, previous_hash, hash
   )`,
)

const insertObjectsStatement = statement(
  'user.insert_audit_objects',
  `insert into audit_object (tenant_id, object_id, sequence)
   select distinct $1, named.value, appended.sequence
   from unnest($2::bigint[], $3::text[]) as appended(sequence, object)
   cross join lateral jsonb_each_text(appended.object::jsonb) as named
   where named.value <> ''`,
)

const moveHeadStatement = statement(
  'user.move_audit_head',
  `update audit_head
   set sequence = $2::bigint,
       hash = $3::bytea
   where tenant_id = $1`,
)

/**
 * Stores entries that `appendActs` made of the locked head, at least one, all recorded at the same
 * time, and moves the head to the last one.
 */
export async function insertAuditEntries(
  tx: Tx,
  tenantId: string,
  entries: readonly [AuditEntry, ...AuditEntry[]],
): Promise<void> {
  const sequences = entries.map((entry) => entry.sequence)
  const objects = entries.map((entry) => JSON.stringify(entry.object))
  await tx.execute(insertEntriesStatement, [
    tenantId,
    sequences,
    entries.map((entry) => entry.eventId),
    entries.map((entry) => entry.action),
    entries.map((entry) => entry.actorKind),
    entries.map((entry) => entry.actorId),
    objects,
    entries.map((entry) => entry.actedAt),
    entries.map((entry) => entry.requestId),
    entries.map((entry) => entry.clientAddress),
    entries.map((entry) => entry.previousHash),
    entries.map((entry) => entry.hash),
    entries[0].recordedAt,
  ])
  await tx.execute(insertObjectsStatement, [tenantId, sequences, objects])
  const { sequence, hash } = entries.at(-1) ?? entries[0]
  await tx.execute(moveHeadStatement, [tenantId, sequence, hash])
}

const COLUMNS = `sequence, event_id, action, actor_kind, actor_id, object, acted_at, recorded_at,
     request_id, client_address, previous_hash, hash`

const walkStatement = statement(
  'user.walk_audit_entries',
  `select ${COLUMNS}
   from audit_entry
   where tenant_id = $1
     and sequence > $2::bigint
     and sequence <= $3::bigint
   order by sequence
   limit $4::bigint`,
)

/** Up to `limit` entries after `after` and up to `last`, in order. Takes no lock. */
export async function walkAuditEntries(
  tx: Tx,
  tenantId: string,
  { after, last, limit }: { after: bigint; last: bigint; limit: number },
): Promise<AuditEntry[]> {
  const rows = await tx.query<EntryRow>(walkStatement, [tenantId, after, last, limit])
  return rows.map(fromRowEntry)
}

const listStatement = statement(
  'user.list_audit_entries',
  `select ${COLUMNS}
   from audit_entry
   where tenant_id = $1
     and sequence < $2::bigint
     and ($3::text is null or actor_id = $3)
     and ($4::text is null or action = $4)
     and ($5::text is null or sequence in (
       select sequence
       from audit_object
       where tenant_id = $1
         and object_id = $5
     ))
     and ($6::timestamptz is null or acted_at >= $6)
     and ($7::timestamptz is null or acted_at < $7)
   order by sequence desc
   limit $8::bigint`,
)

/** Which entries are meant; what is undefined is not restricted. */
export type AuditFilter = {
  actorId: string | undefined
  action: string | undefined
  /** An identifier of what it was done to, whatever its name. */
  objectId: string | undefined
  from: Temporal.Instant | undefined
  /** Exclusive. */
  until: Temporal.Instant | undefined
}

/** Up to `limit` entries below the sequence `before`, the newest first. Takes no lock. */
export async function listAuditEntries(
  tx: Tx,
  tenantId: string,
  { filter, before, limit }: { filter: AuditFilter; before: bigint; limit: number },
): Promise<AuditEntry[]> {
  const { actorId, action, objectId, from, until } = filter
  const values = [tenantId, before, actorId, action, objectId, from, until, limit]
  const rows = await tx.query<EntryRow>(listStatement, values)
  return rows.map(fromRowEntry)
}

type EntryRow = {
  sequence: bigint
  event_id: string
  action: string
  actor_kind: AuditActorKind
  actor_id: string
  object: Record<string, string>
  acted_at: Temporal.Instant
  recorded_at: Temporal.Instant
  request_id: string
  client_address: string
  previous_hash: Buffer
  hash: Buffer
}

function fromRowEntry(row: EntryRow): AuditEntry {
  return {
    sequence: row.sequence,
    eventId: row.event_id,
    action: row.action,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    object: row.object,
    actedAt: row.acted_at,
    recordedAt: row.recorded_at,
    requestId: row.request_id,
    clientAddress: row.client_address,
    previousHash: row.previous_hash,
    hash: row.hash,
  }
}
