import type { User } from './user-harness.ts'

export const password = 'correct horse battery'

/** What a refused sign-in looks like, whatever the reason. */
export const refused = {
  code: 'auth.invalid_credentials',
  message: 'The sign-in was refused.',
  fields: [],
  details: {},
}

/** Sign-in of people of one tenant. */
export function signInOf(user: User, tenant: string) {
  const { client, adminQuery } = user
  return {
    register: (email: string) =>
      client.register({ tenant, email, password, fullName: 'Jo Doe' }, user.anyone()),
    login: (email: string, tried = password, headers: Record<string, string> = {}) =>
      client.login({ tenant, email, password: tried }, user.anyone(headers)),
    refresh: (refreshToken: string) => client.refresh({ refreshToken }, user.anyone()),
    logout: (refreshToken: string) => client.logout({ refreshToken }, user.anyone()),
    resolve: (sessionId: string, of = tenant) =>
      client.resolveSession({ tenant: of, sessionId }, user.as('*')),
    setStatus: (userId: string, status: string) =>
      adminQuery('update "user".tenant_user set status = $2 where user_id = $1', [userId, status]),
    async eventsNamed(subject: string) {
      const events = await user.events(tenant)
      return events.filter((event) => event.subject === subject).map(({ payload }) => payload)
    },
  }
}

/** Claims of a JWT, unverified. */
export function claimsOf(accessToken: string): Record<string, unknown> {
  const [, claims = ''] = accessToken.split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString())
}

/** Session of an access token, unverified. */
export function sessionOf(answer: { accessToken: string }): string {
  return String(claimsOf(answer.accessToken)['sid'])
}
