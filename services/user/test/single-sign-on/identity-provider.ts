import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** What the provider says of somebody. */
export type Claims = { email?: string; email_verified?: unknown; name?: string }

/** A real OpenID provider on this machine, with one client, and a browser that people use at it. */
export async function startIdentityProvider(redirectUri: string) {
  const people = new Map<string, Claims>()
  const tokenRequests: URLSearchParams[] = []
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'purser',
        client_secret: 'the secret of the client',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['a key of tests'] },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...people.get(sub) }),
    }),
  })
  const handle = provider.callback()
  let status: number | undefined
  server.on('request', (request, response) => {
    if (status === undefined) return void handle(request, response)
    response.writeHead(status, { location: 'http://169.254.169.254/' }).end()
  })
  return {
    issuer,
    people,
    provider,
    tokenRequests,
    /** Answers every request with this status; undefined to work again. */
    breakWith: (code: number | undefined) => {
      status = code
    },
    /** Lets somebody sign in and agree in a fresh browser; answers where it is sent back to. */
    signIn: (authorizationUrl: string, login: string) =>
      new Browser().signIn(authorizationUrl, login),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type IdentityProvider = Awaited<ReturnType<typeof startIdentityProvider>>

/** As much of a browser as the provider's pages need: cookies, redirects, two forms. */
class Browser {
  readonly #cookies = new Map<string, string>()

  async signIn(authorizationUrl: string, login: string): Promise<URL> {
    let answer = await this.#open(authorizationUrl)
    for (let page = 0; page < 5; page++) {
      if (answer.away !== undefined) return answer.away
      const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)?.[1]
      const action = /action="([^"]+)"/.exec(answer.text)?.[1]
      if (!prompt || !action) throw new Error(`no form on the page: ${answer.text.slice(0, 500)}`)
      const form = new URLSearchParams({
        prompt,
        ...(prompt === 'login' ? { login, password: 'x' } : {}),
      })
      answer = await this.#open(action, form)
    }
    throw new Error('the provider asks too much')
  }

  async #open(
    start: string,
    form?: URLSearchParams,
  ): Promise<{ away: URL | undefined; text: string }> {
    let url = new URL(start)
    const home = url.origin
    let body = form
    for (let hop = 0; hop < 10; hop++) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie },
        ...(body ? { method: 'POST', body } : {}),
      })
      this.#keep(response.headers.getSetCookie())
      const location = response.headers.get('location')
      if (location === null) return { away: undefined, text: await response.text() }
      url = new URL(location, url)
      if (url.origin !== home) return { away: url, text: '' }
      body = undefined
    }
    throw new Error('the provider redirects too often')
  }

  #keep(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      this.#cookies.set(name, value)
    }
  }
}
