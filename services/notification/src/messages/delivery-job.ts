import type { AddJobOptions } from '@purser/jobs'
import type { NotificationTasks } from '../jobs/tasks.ts'

/** Payload and options of the job that tries a message, of which at most one waits. */
export function deliveryJob(
  tenant: string,
  messageId: string,
  runAt?: Temporal.Instant,
): [NotificationTasks['deliver'], AddJobOptions] {
  const jobKey = `deliver/${tenant}/${messageId}`
  return [
    { tenant, messageId },
    { jobKey, ...(runAt === undefined ? {} : { runAt }) },
  ]
}
