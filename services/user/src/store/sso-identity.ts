import { statement, type Tx } from '@purser/postgres'

/** Who somebody is at a provider. */
export type SsoIdentity = { issuer: string; subject: string }

const findPersonStatement = statement(
  'user.find_person_of_sso_identity',
  `select user_id
   from sso_identity
   where tenant_id = $1
     and issuer = $2
     and subject = $3`,
)

/** The person who has signed in as this identity before, if anybody has. Takes no lock. */
export async function findPersonOf(
  tx: Tx,
  tenantId: string,
  { issuer, subject }: SsoIdentity,
): Promise<string | undefined> {
  const values = [tenantId, issuer, subject]
  const [row] = await tx.query<{ user_id: string }>(findPersonStatement, values)
  return row?.user_id
}

const linkStatement = statement(
  'user.link_sso_identity',
  `insert into sso_identity (tenant_id, issuer, subject, user_id, created_at)
   select $1, $2, $3, $4, $5::timestamptz
   where not exists (
     select
     from sso_identity
     where tenant_id = $1
       and issuer = $2
       and user_id = $4
   )
   on conflict (tenant_id, issuer, subject) do nothing`,
)

/**
 * Says that a person is this identity from now on. False when the identity is somebody's, or the
 * person has another at the provider. Expects the person's row locked.
 */
export async function linkIdentity(
  tx: Tx,
  tenantId: string,
  link: SsoIdentity & { userId: string; createdAt: Temporal.Instant },
): Promise<boolean> {
  const { issuer, subject, userId, createdAt } = link
  return (await tx.execute(linkStatement, [tenantId, issuer, subject, userId, createdAt])) === 1
}

const activateStatement = statement(
  'user.activate_by_sso',
  `update tenant_user
   set status = 'active'
   where tenant_id = $1
     and user_id = $2
     and status = 'invited'`,
)

/** Makes an invited person active without a password. Expects the row locked. */
export async function activateInvited(tx: Tx, tenantId: string, userId: string): Promise<void> {
  await tx.execute(activateStatement, [tenantId, userId])
}
