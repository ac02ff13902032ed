import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { PrivacyContext } from '../../privacy/privacy-context.ts'
import { createErasure } from './create-erasure.ts'
import { createMyExport, createPrivacyExport } from './create-privacy-export.ts'
import { getErasure } from './get-erasure.ts'
import { getMyExport, getPrivacyExport } from './get-privacy-export.ts'
import { getMyExportFile, getPrivacyExportFile } from './get-privacy-export-file.ts'
import { listErasures } from './list-erasures.ts'

/** What is held about a person: its export and its erasure. */
export function privacyMethods(ctx: PrivacyContext) {
  return {
    createErasure: createErasure(ctx),
    getErasure: getErasure(ctx),
    listErasures: listErasures(ctx),
    createPrivacyExport: createPrivacyExport(ctx),
    getPrivacyExport: getPrivacyExport(ctx),
    getPrivacyExportFile: getPrivacyExportFile(ctx),
    createMyExport: createMyExport(ctx),
    getMyExport: getMyExport(ctx),
    getMyExportFile: getMyExportFile(ctx),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
