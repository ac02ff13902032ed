import { statement, type Tx } from '@purser/postgres'
import type { Erasure, PrivacySubject } from '../domain/privacy.ts'

const COLUMNS = `
  erasure_id, subject_kind, subject_id, user_ids, account_ids, state, requested_by, requested_at,
  completed_at`

type ErasureRow = {
  erasure_id: string
  subject_kind: PrivacySubject['kind']
  subject_id: string
  user_ids: string[]
  account_ids: string[]
  state: Erasure['state']
  requested_by: string
  requested_at: Temporal.Instant
  completed_at: Temporal.Instant | null
}

const putErasureStatement = statement(
  'user.put_erasure',
  `insert into erasure as known (
     tenant_id, erasure_id, subject_kind, subject_id, user_ids, account_ids, state, requested_by,
     requested_at
   )
   values ($1, $2, $3, $4, $5::text[], $6::text[], 'running', $7, $8::timestamptz)
   on conflict (tenant_id, subject_kind, subject_id) do update
   set state = 'running',
       completed_at = null,
       user_ids = array(
         select unnest(known.user_ids) union select unnest(excluded.user_ids) order by 1
       ),
       account_ids = array(
         select unnest(known.account_ids) union select unnest(excluded.account_ids) order by 1
       )
   returning ${COLUMNS}`,
)

/**
 * Opens the erasure of a subject and answers it; one that is there is opened again, for whom it
 * names and for those named now. Locks its row.
 */
export async function putErasure(
  tx: Tx,
  tenantId: string,
  erasure: Omit<Erasure, 'state' | 'completedAt'>,
): Promise<Erasure> {
  const { erasureId, subject, userIds, accountIds, requestedBy, requestedAt } = erasure
  const { kind, id } = subject
  const values = [tenantId, erasureId, kind, id, userIds, accountIds, requestedBy, requestedAt]
  const rows = await tx.query<ErasureRow>(putErasureStatement, values)
  return fromRowErasure(rows[0] as ErasureRow)
}

const findErasureStatement = statement(
  'user.find_erasure',
  `select ${COLUMNS}
   from erasure
   where tenant_id = $1
     and erasure_id = $2`,
)

/** The erasure with this id, if there is one. Takes no lock. */
export async function findErasure(
  tx: Tx,
  tenantId: string,
  erasureId: string,
): Promise<Erasure | undefined> {
  const [row] = await tx.query<ErasureRow>(findErasureStatement, [tenantId, erasureId])
  return row && fromRowErasure(row)
}

const listErasuresStatement = statement(
  'user.list_erasures',
  `select ${COLUMNS}
   from erasure
   where tenant_id = $1
     and ($2 = '' or erasure_id < $2)
   order by erasure_id desc
   limit $3::bigint`,
)

/** Up to `limit` erasures, newest first, after this one unless it is empty. Takes no lock. */
export async function listErasures(
  tx: Tx,
  tenantId: string,
  { beforeId, limit }: { beforeId: string; limit: number },
): Promise<Erasure[]> {
  const rows = await tx.query<ErasureRow>(listErasuresStatement, [tenantId, beforeId, limit])
  return rows.map(fromRowErasure)
}

const completeErasureStatement = statement(
  'user.complete_erasure',
  `update erasure
   set state = 'completed',
       completed_at = $3::timestamptz
   where tenant_id = $1
     and erasure_id = $2
     and state = 'running'
     and not exists (
       select
       from erasure_step
       where erasure_step.tenant_id = $1
         and erasure_step.erasure_id = $2
         and erasure_step.state = 'pending'
     )`,
)

/** Ends an erasure whose steps are all done; answers whether this call did. Locks its row. */
export async function completeErasure(
  tx: Tx,
  tenantId: string,
  { erasureId, completedAt }: { erasureId: string; completedAt: Temporal.Instant },
): Promise<boolean> {
  const values = [tenantId, erasureId, completedAt]
  return (await tx.execute(completeErasureStatement, values)) === 1
}

const reopenErasureStatement = statement(
  'user.reopen_erasure',
  `update erasure
   set state = 'running',
       completed_at = null
   where tenant_id = $1
     and erasure_id = $2
     and state = 'completed'`,
)

/** Opens a completed erasure again; answers false for one that runs. Locks its row. */
export async function reopenErasure(tx: Tx, tenantId: string, erasureId: string): Promise<boolean> {
  return (await tx.execute(reopenErasureStatement, [tenantId, erasureId])) === 1
}

function fromRowErasure(row: ErasureRow): Erasure {
  return {
    erasureId: row.erasure_id,
    subject: { kind: row.subject_kind, id: row.subject_id },
    userIds: row.user_ids,
    accountIds: row.account_ids,
    state: row.state,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    completedAt: row.completed_at ?? undefined,
  }
}
