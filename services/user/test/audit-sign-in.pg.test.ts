import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimsOf, password, refused, sessionOf, signInOf } from './sign-in-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
beforeAll(async () => {
  user = await startUser()
})
afterAll(() => user.close())

/** Sign-in of people of a new tenant, and what is recorded of it. */
async function open(tenant: string) {
  await user.createTenant(tenant)
  const signIn = signInOf(user, tenant)
  const { user: person } = await signIn.register('ann@example.com')
  const userId = person?.userId ?? ''
  return { signIn, userId, acts: () => user.acts(tenant) }
}

const address = { 'purser-client-address': '198.51.100.9' }

test('a sign-in is an act of who signs in, with the session and the address', async () => {
  const { signIn, userId, acts } = await open('in')
  const answer = await signIn.login('ann@example.com', password, address)
  expect(await acts()).toMatchObject([
    { action: 'user.register', actor_kind: 'user', actor_id: userId },
    {
      action: 'user.login',
      actor_kind: 'user',
      actor_id: userId,
      object: { user_id: userId, session_id: claimsOf(answer.accessToken)['sid'] },
      client_address: '198.51.100.9',
    },
  ])
})

test('a refused sign-in is none; the one that blocks the next is recorded, known address or not', async () => {
  const { signIn, userId, acts } = await open('locked')
  for (const email of ['ann@example.com', 'nobody@example.com']) {
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await expect(signIn.login(email, 'wrong wrong wrong')).rejects.toMatchObject(refused)
    }
  }
  expect(await acts()).toHaveLength(1)
  await expect(signIn.login('ann@example.com', 'wrong', address)).rejects.toMatchObject(refused)
  await expect(signIn.login('nobody@example.com', 'wrong')).rejects.toMatchObject(refused)
  await expect(signIn.login('ann@example.com')).rejects.toMatchObject({
    code: 'auth.too_many_attempts',
  })
  expect((await acts()).slice(1)).toMatchObject([
    {
      action: 'user.block_sign_in',
      actor_kind: 'anonymous',
      actor_id: '',
      object: { user_id: userId },
      client_address: '198.51.100.9',
    },
    { action: 'user.block_sign_in', actor_kind: 'anonymous', object: {} },
  ])
  expect(JSON.stringify(await acts())).not.toContain('@example.com')
})

test('a sign-out is recorded once, one with an unknown token not at all', async () => {
  const { signIn, userId, acts } = await open('out')
  const answer = await signIn.login('ann@example.com')
  await signIn.logout(answer.refreshToken)
  await signIn.logout(answer.refreshToken)
  await signIn.logout('rt_out.nothing')
  expect((await acts()).slice(2)).toMatchObject([
    {
      action: 'user.logout',
      actor_id: userId,
      object: { user_id: userId, session_id: sessionOf(answer) },
    },
  ])
})

test('the end of a session whose token was used twice is recorded, though the call is refused', async () => {
  const { signIn, userId, acts } = await open('twice')
  const answer = await signIn.login('ann@example.com')
  await signIn.refresh(answer.refreshToken)
  await expect(signIn.refresh(answer.refreshToken)).rejects.toMatchObject(refused)
  expect((await acts()).slice(2)).toMatchObject([
    {
      action: 'user.end_reused_session',
      actor_kind: 'anonymous',
      object: { user_id: userId, session_id: sessionOf(answer) },
    },
  ])
})

test('a change of password is recorded, without either password', async () => {
  const { userId, acts } = await open('changed')
  const change = (currentPassword: string) =>
    user.client.changePassword(
      { currentPassword, newPassword: 'another horse battery' },
      user.asPerson('changed', userId),
    )
  await expect(change('wrong')).rejects.toThrow()
  await change(password)
  expect((await acts()).slice(1)).toMatchObject([
    { action: 'user.change_password', actor_id: userId, object: { user_id: userId } },
  ])
  expect(JSON.stringify(await acts())).not.toMatch(/horse/)
})

test('an invitation and its acceptance are acts of two', async () => {
  const { acts } = await open('invited')
  const wanted = { tenant: 'invited', email: 'bo@example.com', fullName: 'Bo', role: 'viewer' }
  const { user: invited, invitation } = await user.client.inviteUser(wanted, user.as('invited'))
  await user.client.acceptInvitation({ invitation, password }, user.anyone())
  expect((await acts()).slice(1)).toMatchObject([
    {
      action: 'user.invite_user',
      actor_kind: 'service',
      actor_id: 'test',
      object: { user_id: invited?.userId },
    },
    {
      action: 'user.accept_invitation',
      actor_kind: 'user',
      actor_id: invited?.userId,
      object: { user_id: invited?.userId },
    },
  ])
  expect(JSON.stringify(await acts())).not.toContain(invitation)
})
