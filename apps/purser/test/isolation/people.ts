import type { Bed } from './bed.ts'
import { builtInRoles, type Credential } from './credentials.ts'

const PASSWORD = 'correct horse battery staple'

/**
 * People of a tenant who sign in: two shoppers and one of each role. Asked again, the same people sign in anew,
 * since an access token lives 5 minutes.
 */
export async function peopleOf(bed: Bed, tenant: string): Promise<Credential[]> {
  const roles = await builtInRoles(bed, tenant)
  const shopper = roles.filter(({ roleKey }) => roleKey === 'shopper')
  const people: Credential[] = []
  for (const [index, role] of [...roles, ...shopper].entries()) {
    const email = `person-${index}@${tenant}.example`
    const person = { tenant, email, password: PASSWORD }
    const known = await bed.query(
      `select from "user".tenant_user where tenant_id = $1 and email = $2`,
      [tenant, email],
    )
    if (known.length === 0) {
      await post(bed, '/api/v1/auth/register', { ...person, full_name: `Person ${index}` })
    }
    await bed.query(
      `update "user".tenant_user set role_key = $3 where tenant_id = $1 and email = $2`,
      [tenant, email, role.roleKey],
    )
    const { access_token: token } = await post(bed, '/api/v1/auth/login', person)
    people.push({
      name: `${role.roleKey} ${index} of ${tenant}`,
      kind: 'person',
      tenant,
      permissions: role.permissions,
      authorization: `Bearer ${token}`,
    })
  }
  return people
}

async function post({ url }: Bed, path: string, body: object): Promise<{ access_token?: string }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as { access_token?: string }
}
