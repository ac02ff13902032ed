import { statement, type Tx } from '@purser/postgres'

/** The sandbox's own books: what is outside for everybody else. */

/** A label in the sandbox's books. */
export type SandboxLabel = {
  key: string
  trackingNumber: string
  status: 'ready' | 'refused' | 'voided'
}

const putStatement = statement(
  'sandbox.put_label',
  `insert into sandbox_label (tenant_id, idempotency_key, tracking_number, status, created_at)
   values ($1, $2, $3, $4, $5::timestamptz)
   on conflict (tenant_id, idempotency_key) do update
   set status = case when excluded.status = 'voided' then 'voided' else sandbox_label.status end
   returning idempotency_key, tracking_number, status`,
)

/**
 * Makes a label once a key: answers the one that is in the books then, this one or an earlier one. One
 * that is voided ends an earlier one.
 */
export async function putSandboxLabel(
  tx: Tx,
  tenantId: string,
  label: SandboxLabel,
  at: Temporal.Instant,
): Promise<SandboxLabel> {
  const [row] = await tx.query<{
    idempotency_key: string
    tracking_number: string
    status: SandboxLabel['status']
  }>(putStatement, [tenantId, label.key, label.trackingNumber, label.status, at])
  if (row === undefined) return label
  return { key: row.idempotency_key, trackingNumber: row.tracking_number, status: row.status }
}
