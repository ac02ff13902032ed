import type { Credentials } from './fuzz-request.ts'
import type { KnownValues } from './schema-arbitrary.ts'

/** Where the platform is, and a key of its tenant that the suite never sends fuzz with. */
export type FuzzTarget = { url: string; tenant: string; adminKey: string }

const PASSWORD = 'correct horse battery'

/** The credentials that the requests bear, made again when a request has destroyed them. */
export class FuzzIdentity {
  readonly #target: FuzzTarget
  #key: string | undefined
  #session: string | undefined
  #renewal: Promise<void> | undefined
  #users = 0

  constructor(target: FuzzTarget) {
    this.#target = target
  }

  /** The bearer of the kind at this moment. */
  bearer(credentials: Credentials): string | undefined {
    if (credentials === 'none') return undefined
    if (credentials === 'broken') return 'pk_broken'
    return credentials === 'key' ? this.#key : (this.#session ?? this.#key)
  }

  /** Makes a key, and a session where the platform has users, unless those there are still work. */
  async renew(): Promise<void> {
    this.#renewal ??= this.#renewNow().finally(() => {
      this.#renewal = undefined
    })
    await this.#renewal
  }

  async #renewNow(): Promise<void> {
    const { tenant } = this.#target
    if (!(await this.#works(this.#key, `/api/v1/tenants/${tenant}`))) {
      const body = { name: 'fuzz', permissions: ['*'] }
      const made = await callJson(this.#target, `/api/v1/tenants/${tenant}/api-keys`, body)
      this.#key = String(made['secret'])
    }
    if (!(await this.#works(this.#session, '/api/v1/users/me'))) await this.#signIn()
  }

  /** Signs in the person there is, who owns things; another one when a request changed the password. */
  async #signIn(): Promise<void> {
    this.#session = await this.#login()
    if (this.#session !== undefined) return
    this.#users += 1
    await callJson(this.#target, '/api/v1/auth/register', { ...this.#person(), full_name: 'Fuzz' })
    this.#session = await this.#login()
  }

  #person() {
    const { tenant } = this.#target
    return { tenant, email: `fuzz-${this.#users}@example.com`, password: PASSWORD }
  }

  async #login(): Promise<string | undefined> {
    const { access_token: token } = await callJson(
      this.#target,
      '/api/v1/auth/login',
      this.#person(),
    )
    return typeof token === 'string' ? token : undefined
  }

  /** Makes things of the person who is signed in, and names them; nothing when nobody is. */
  async ownValues(): Promise<KnownValues> {
    const adminKey = this.#session
    if (adminKey === undefined) return {}
    const person = { ...this.#target, adminKey }
    const address = { recipient: 'Fuzz', address: { city: 'Valletta', country: 'MT' } }
    const made = await callJson(person, '/api/v1/users/me/addresses', address)
    const page = await callJson(person, '/api/v1/users/me/sessions')
    const sessions = (page['sessions'] ?? []) as { session_id?: string }[]
    return {
      address_id: typeof made['address_id'] === 'string' ? [made['address_id']] : [],
      session_id: sessions.flatMap(({ session_id }) => session_id ?? []),
    }
  }

  async #works(bearer: string | undefined, path: string): Promise<boolean> {
    if (bearer === undefined) return false
    const headers = { authorization: `Bearer ${bearer}` }
    const response = await fetch(new URL(path, this.#target.url), { headers })
    await response.arrayBuffer()
    return response.status !== 401
  }
}

/** Calls with the administrator's key: POST with a body, GET without. Answers the JSON object, of refusals too. */
export async function callJson(
  { url, adminKey }: FuzzTarget,
  path: string,
  body?: object | string,
): Promise<Record<string, unknown>> {
  const isText = typeof body === 'string'
  const response = await fetch(new URL(path, url), {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body === undefined
        ? {}
        : { 'content-type': isText ? 'application/x-ndjson' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  })
  return (await response.json()) as Record<string, unknown>
}
