import type { User } from './user-harness.ts'

/** People of one tenant, driven by a caller who holds everything unless told otherwise. */
export function teamOf(user: User, tenant: string) {
  const { client, adminQuery } = user
  const as = (held?: readonly string[]) => user.as(tenant, held)

  const invite = (email: string, role = '', held?: readonly string[]) =>
    client.inviteUser({ tenant, email, fullName: 'Jo Doe', role }, as(held))

  /** As taking up an invitation, without the cost of a password. */
  const activate = (userId: string) =>
    adminQuery(
      `update "user".tenant_user set status = 'active', password_hash = 'none that works'
       where tenant_id = $1 and user_id = $2`,
      [tenant, userId],
    )

  /** As taking up the link of a mail. */
  const verify = (userId: string) =>
    adminQuery(
      `insert into "user".verified_email (tenant_id, user_id, email, verified_at)
       select tenant_id, user_id, email, created_at
       from "user".tenant_user where tenant_id = $1 and user_id = $2`,
      [tenant, userId],
    )

  return {
    invite,
    activate,
    verify,
    /** Id of a new person with the role, who is active. */
    async member(email: string, role: string): Promise<string> {
      const invited = await invite(email, role)
      const userId = invited.user?.userId ?? ''
      await activate(userId)
      return userId
    },
    get: (userId: string) => client.getUser({ tenant, userId }, as()),
    setRole: (userId: string, role: string, held?: readonly string[]) =>
      client.setUserRole({ tenant, userId, role }, as(held)),
    disable: (userId: string, held?: readonly string[]) =>
      client.disableUser({ tenant, userId }, as(held)),
    enable: (userId: string, held?: readonly string[]) =>
      client.enableUser({ tenant, userId }, as(held)),
    createRole: (roleKey: string, permissions: string[], held?: readonly string[]) =>
      client.createRole({ tenant, roleKey, name: roleKey, permissions }, as(held)),
    deleteRole: (roleKey: string) => client.deleteRole({ tenant, roleKey }, as()),
    invitations: (userId: string) =>
      adminQuery<{ secret_hash: Buffer }>(
        'select secret_hash from "user".invitation where tenant_id = $1 and user_id = $2',
        [tenant, userId],
      ),
    /** Subjects and payloads of the tenant that name the person, in order. */
    async eventsOf(userId: string) {
      const events = await user.events(tenant)
      return events.filter(({ payload }) => JSON.stringify(payload).includes(userId))
    },
  }
}

export type Team = ReturnType<typeof teamOf>
