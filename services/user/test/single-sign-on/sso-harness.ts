import type { Message } from '@bufbuild/protobuf'
import type { PutSsoConnectionRequest } from '@purser/contracts/user/v1/single_sign_on'
import type { User } from '../user-harness.ts'
import type { IdentityProvider } from './identity-provider.ts'

export const redirectUri = 'https://shop.example/callback'

/** What a refused sign-in looks like. */
export const refused = { code: 'auth.invalid_credentials', message: 'The sign-in was refused.' }

type Settings = Omit<PutSsoConnectionRequest, keyof Message>

/** Single sign-on of one tenant by a provider. */
export function ssoOf(
  user: User,
  tenant: string,
  idp: Pick<IdentityProvider, 'issuer' | 'signIn'>,
) {
  const { client } = user
  const start = (uri = redirectUri) => client.startSso({ tenant, redirectUri: uri }, user.anyone())
  const finish = (sent: { state: string; code: string; iss?: string }) =>
    client.finishSso(sent, user.anyone())
  /** What the provider sends back after somebody signed in there. */
  const visit = async (authorizationUrl: string, login: string) => {
    const { searchParams } = await idp.signIn(authorizationUrl, login)
    const [state = '', code = '', iss = ''] = ['state', 'code', 'iss'].map(
      (name) => searchParams.get(name) ?? '',
    )
    return { state, code, iss }
  }
  return {
    connect: (changes: Partial<Settings> = {}, held?: readonly string[]) =>
      client.putSsoConnection(
        {
          tenant,
          issuer: idp.issuer,
          clientId: 'purser',
          clientSecret: 'the secret of the client',
          redirectUris: [redirectUri],
          emailDomains: ['example.com'],
          justInTime: true,
          ...changes,
        },
        user.as(tenant, held),
      ),
    start,
    visit,
    finish,
    /** The whole way, as `login` at the provider. */
    async signIn(login: string) {
      const { authorizationUrl } = await start()
      return await finish(await visit(authorizationUrl, login))
    },
  }
}

export type Sso = ReturnType<typeof ssoOf>
