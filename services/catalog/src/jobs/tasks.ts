import type { Jobs } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type CatalogTasks = {
  /** Gives back what expired reservations of any tenant hold; adds the next run itself. */
  'release-expired': Record<string, never>
}

/** Adds a job in the caller's transaction. */
export type AddCatalogJob = Jobs<CatalogTasks>['add']
