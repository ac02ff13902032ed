import { MemberRole } from '@purser/contracts/user/v1/user'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Credentials, newPerson, startCredentials, tokenOf } from './credentials-harness.ts'

const tenant = 'acme'
let user: Credentials

beforeAll(async () => {
  user = await startCredentials()
  await user.createTenant(tenant)
})
afterAll(() => user.close())

/** An organization's account with its admin. */
async function organization(name: string) {
  const { user: person } = await user.client.register(
    {
      tenant,
      email: `boss@${name}.test`,
      password: 'correct horse battery',
      fullName: 'Ada Boss',
      organizationName: `${name} Ltd`,
    },
    user.anyone(),
  )
  const { userId = '', accountId = '' } = person ?? {}
  const as = user.asPerson(tenant, userId, ['user.members.*'])
  const invite = (email: string) =>
    user.client.inviteMember({ tenant, accountId, email, role: MemberRole.MEMBER }, as)
  return { accountId, invite }
}

test('an invitation into an account is mailed, and its link lets the person in', async () => {
  const { accountId, invite } = await organization('globex')
  const { email, userId } = await newPerson(user, tenant)
  const { invitation } = await invite(email)
  const mail = await user.mailTo(email, 'account_invitation')
  expect(mail.variables).toEqual({
    inviter_name: 'Ada Boss',
    account_name: 'globex Ltd',
    role: 'member',
    valid_for: '7 days',
  })
  expect(mail.recipientName).toBe('')
  expect(tokenOf(mail)).toBe(invitation)
  const as = user.asPerson(tenant, userId, ['user.self.*'])
  const joined = await user.client.joinAccount({ invitation: tokenOf(mail) }, as)
  expect(joined).toMatchObject({ accountId })
})

test('an invitation that was replaced before its mail was written is not mailed', async () => {
  const { invite } = await organization('initech')
  await user.quiet()
  const invitations = await Promise.all([invite('new@initech.test'), invite('new@initech.test')])
  await user.quiet()
  const sent = user.mails.filter((mail) => mail.recipientEmail === 'new@initech.test')
  const last = await user.mailTo('new@initech.test', 'account_invitation')
  expect(invitations.map(({ invitation }) => invitation)).toContain(tokenOf(last))
  expect(new Set(sent.map(tokenOf)).size).toBe(sent.length)
})
