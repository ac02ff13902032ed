import { statement, type Tx } from '@purser/postgres'
import type { PersonalExport, PrivacySubject } from '../domain/privacy.ts'

const COLUMNS = `
  export_id, subject_kind, subject_id, user_ids, account_ids, state, requested_by, requested_at,
  completed_at, expires_at`

type ExportRow = {
  export_id: string
  subject_kind: PrivacySubject['kind']
  subject_id: string
  user_ids: string[]
  account_ids: string[]
  state: PersonalExport['state']
  requested_by: string
  requested_at: Temporal.Instant
  completed_at: Temporal.Instant | null
  expires_at: Temporal.Instant
}

const insertExportStatement = statement(
  'user.insert_personal_export',
  `insert into personal_export (
     tenant_id, export_id, subject_kind, subject_id, user_ids, account_ids, state, requested_by,
     requested_at, expires_at
   )
   values (
     $1, $2, $3, $4, $5::text[], $6::text[], 'running', $7, $8::timestamptz, $9::timestamptz
   )`,
)

/** Opens an export. */
export async function insertExport(
  tx: Tx,
  tenantId: string,
  wanted: Omit<PersonalExport, 'state' | 'completedAt'>,
): Promise<void> {
  await tx.execute(insertExportStatement, [
    tenantId,
    wanted.exportId,
    wanted.subject.kind,
    wanted.subject.id,
    wanted.userIds,
    wanted.accountIds,
    wanted.requestedBy,
    wanted.requestedAt,
    wanted.expiresAt,
  ])
}

const findExportStatement = statement(
  'user.find_personal_export',
  `select ${COLUMNS}
   from personal_export
   where tenant_id = $1
     and export_id = $2
     and expires_at > $3::timestamptz`,
)

/** The export with this id, unless it has expired. Takes no lock. */
export async function findExport(
  tx: Tx,
  tenantId: string,
  { exportId, now }: { exportId: string; now: Temporal.Instant },
): Promise<PersonalExport | undefined> {
  const [row] = await tx.query<ExportRow>(findExportStatement, [tenantId, exportId, now])
  return row && fromRowExport(row)
}

const findOwnExportStatement = statement(
  'user.find_own_export',
  `select ${COLUMNS}
   from personal_export
   where tenant_id = $1
     and subject_kind = 'user'
     and subject_id = $2
     and requested_by = $3
     and expires_at > $4::timestamptz
   order by export_id desc
   limit 1`,
)

/** The newest export of a person that `requestedBy` asked for and that has not expired. */
export async function findOwnExport(
  tx: Tx,
  tenantId: string,
  { userId, requestedBy, now }: { userId: string; requestedBy: string; now: Temporal.Instant },
): Promise<PersonalExport | undefined> {
  const values = [tenantId, userId, requestedBy, now]
  const [row] = await tx.query<ExportRow>(findOwnExportStatement, values)
  return row && fromRowExport(row)
}

const completeExportStatement = statement(
  'user.complete_personal_export',
  `update personal_export
   set state = 'completed',
       completed_at = $3::timestamptz
   where tenant_id = $1
     and export_id = $2
     and state = 'running'`,
)

/** Ends an export; answers whether this call did. Locks its row. */
export async function completeExport(
  tx: Tx,
  tenantId: string,
  { exportId, completedAt }: { exportId: string; completedAt: Temporal.Instant },
): Promise<boolean> {
  return (await tx.execute(completeExportStatement, [tenantId, exportId, completedAt])) === 1
}

function fromRowExport(row: ExportRow): PersonalExport {
  return {
    exportId: row.export_id,
    subject: { kind: row.subject_kind, id: row.subject_id },
    userIds: row.user_ids,
    accountIds: row.account_ids,
    state: row.state,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    completedAt: row.completed_at ?? undefined,
    expiresAt: row.expires_at,
  }
}
