import type { JobHandlers } from '@purser/jobs'
import type { UserTasks } from '../jobs/tasks.ts'
import { collectExport } from './collect-export.ts'
import type { PrivacyContext } from './privacy-context.ts'
import { walkErasure } from './walk-erasure.ts'

/** The jobs of exports and erasures. */
export function privacyTasks(
  ctx: PrivacyContext,
): JobHandlers<Pick<UserTasks, 'walk-erasure' | 'collect-export'>> {
  return {
    'walk-erasure': walkErasure(ctx),
    'collect-export': collectExport(ctx),
  }
}
