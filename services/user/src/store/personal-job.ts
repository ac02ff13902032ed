import { statement, type Tx } from '@purser/postgres'

const removeJobsStatement = statement(
  'user.remove_jobs_of_people',
  `delete from "user_jobs"._private_jobs
   where locked_at is null
     and payload ->> 'tenant' = $1
     and (payload ->> 'userId' = any($2::text[])
       or lower(payload ->> 'email') = any($3::text[])
       or lower(payload ->> 'newEmail') = any($3::text[]))`,
)

/**
 * Removes jobs that would write to these people or addresses, parked ones too, and answers how many
 * they were; one that runs is left to end. Locks their rows.
 */
export async function removeJobsOfPeople(
  tx: Tx,
  tenantId: string,
  { userIds, emails }: { userIds: readonly string[]; emails: readonly string[] },
): Promise<number> {
  return await tx.execute(removeJobsStatement, [tenantId, userIds, emails])
}
