export { eachDue } from './each-due.ts'
export type {
  AddJobOptions,
  Job,
  JobHandler,
  JobHandlers,
  JsonObject,
  JsonValue,
  TaskPayloads,
} from './job.ts'
export { createJobs, type Jobs, type JobsOptions } from './jobs.ts'
export { type MigrateJobsOptions, migrateJobs } from './migrate-jobs.ts'
export { listParkedJobs, type ParkedJob, replayParkedJobs } from './parked-jobs.ts'
export {
  createRecurringJob,
  type NoPayload,
  type RecurringJob,
  type RecurringJobOptions,
} from './recurring-job.ts'
