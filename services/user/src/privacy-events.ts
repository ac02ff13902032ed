import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { PrivacyScope } from './domain/privacy.ts'

/** `privacy.erasure_requested`: `{ erasure_id, user_ids, account_ids }`, also when it is asked for again. */
export async function publishErasureRequested(
  tx: Tx,
  tenantId: string,
  fact: PrivacyScope & { erasureId: string; occurredAt: Temporal.Instant },
): Promise<void> {
  await publishErasure(tx, tenantId, 'privacy.erasure_requested', fact)
}

/** `privacy.erasure_completed`: `{ erasure_id, user_ids, account_ids }`: every service is done. */
export async function publishErasureCompleted(
  tx: Tx,
  tenantId: string,
  fact: PrivacyScope & { erasureId: string; occurredAt: Temporal.Instant },
): Promise<void> {
  await publishErasure(tx, tenantId, 'privacy.erasure_completed', fact)
}

async function publishErasure(
  tx: Tx,
  tenantId: string,
  subject: string,
  fact: PrivacyScope & { erasureId: string; occurredAt: Temporal.Instant },
): Promise<void> {
  const { erasureId, userIds, accountIds, occurredAt } = fact
  const payload = {
    erasure_id: erasureId,
    user_ids: [...userIds],
    account_ids: [...accountIds],
  }
  await publish(tx, [{ tenantId, subject, occurredAt, payload }])
}

/** `privacy.export_completed`: `{ export_id }`: its file can be fetched. */
export async function publishExportCompleted(
  tx: Tx,
  tenantId: string,
  { exportId, occurredAt }: { exportId: string; occurredAt: Temporal.Instant },
): Promise<void> {
  const payload = { export_id: exportId }
  await publish(tx, [{ tenantId, subject: 'privacy.export_completed', occurredAt, payload }])
}
