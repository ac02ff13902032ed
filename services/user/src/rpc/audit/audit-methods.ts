import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { UserContext } from '../../context.ts'
import { appendAuditEntries } from './append-audit-entries.ts'
import { listAuditEntries } from './list-audit-entries.ts'
import { verifyAuditLog } from './verify-audit-log.ts'

/** The log of all services' acts, by tenant. */
export function auditMethods(ctx: UserContext) {
  return {
    appendAuditEntries: appendAuditEntries(ctx),
    listAuditEntries: listAuditEntries(ctx),
    verifyAuditLog: verifyAuditLog(ctx),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
