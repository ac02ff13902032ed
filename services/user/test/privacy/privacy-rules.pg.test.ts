import type { HttpBody } from '@purser/contracts/google/api/httpbody'
import { PrivacyJobState } from '@purser/contracts/user/v1/privacy'
import { MemberRole } from '@purser/contracts/user/v1/user'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBuiltInRole } from '../../src/domain/role.ts'
import { addPerson } from '../add-person.ts'
import { signInOf } from '../sign-in-harness.ts'
import { startUser, type User } from '../user-harness.ts'

let user: User
const tenant = 'acme'
const admin = findBuiltInRole('admin')?.permissions ?? []

beforeAll(async () => {
  user = await startUser()
  for (const slug of ['acme', 'other']) await user.createTenant(slug)
  for (const component of user.components) await component.start()
})
afterAll(async () => {
  for (const component of user.components.toReversed()) await component.stop()
  await user.close()
})

const ofUser = (value: string) => ({ case: 'userId' as const, value })
const ofAccount = (value: string) => ({ case: 'accountId' as const, value })
const erase = (subject: ReturnType<typeof ofUser | typeof ofAccount>, call = user.as(tenant)) =>
  user.client.createErasure({ tenant, subject }, call)

async function status(userId: string): Promise<string | undefined> {
  const text = `select status from "user".tenant_user where tenant_id = 'acme' and user_id = $1`
  return (await user.adminQuery<{ status: string }>(text, [userId]))[0]?.status
}

describe('an erasure is refused', () => {
  test('for nobody, and for what is not the tenant’s', async () => {
    const nobody = user.client.createErasure({ tenant }, user.as(tenant))
    await expect(nobody).rejects.toMatchObject({ code: 'request.invalid' })
    await addPerson(user, 'other', 'usr-theirs')
    for (const subject of [ofUser('usr-theirs'), ofUser('usr-none'), ofAccount('acct-none')]) {
      await expect(erase(subject)).rejects.toMatchObject({ code: 'resource.not_found' })
    }
  })

  test('of the last owner, and of whoever exceeds the caller', async () => {
    await addPerson(user, tenant, 'usr-owner', { roleKey: 'owner' })
    await expect(erase(ofUser('usr-owner'))).rejects.toMatchObject({ code: 'user.last_owner' })
    const byAdmin = erase(ofUser('usr-owner'), user.as(tenant, admin))
    await expect(byAdmin).rejects.toMatchObject({ code: 'auth.permission_denied' })
    expect(await status('usr-owner')).toBe('active')
  })

  test('of the last admin of an account that others are in', async () => {
    const account = { accountId: 'acct-team', name: 'Team' }
    await user.client.createAccount({ tenant, account }, user.as(tenant))
    for (const userId of ['usr-lead', 'usr-mate']) await addPerson(user, tenant, userId)
    const put = (userId: string, role: MemberRole) =>
      user.client.setMember({ tenant, accountId: 'acct-team', userId, role }, user.as(tenant))
    await put('usr-lead', MemberRole.ADMIN)
    await put('usr-mate', MemberRole.MEMBER)
    await expect(erase(ofUser('usr-lead'))).rejects.toMatchObject({ code: 'account.last_admin' })
    expect(await status('usr-lead')).toBe('active')
    await put('usr-mate', MemberRole.ADMIN)
    expect((await erase(ofUser('usr-lead'))).accountIds).toEqual([])
  })
})

describe('an erasure', () => {
  test('shuts the person out at once, under an account that is theirs as well', async () => {
    const signIn = signInOf(user, tenant)
    const answer = await signIn.register('own@acme.test')
    const { userId = '', accountId = '' } = answer.user ?? {}
    const erasure = await erase(ofAccount(accountId))
    expect(erasure).toMatchObject({ userIds: [userId], accountIds: [accountId] })
    expect(await status(userId)).toBe('disabled')
    await expect(signIn.refresh(answer.refreshToken)).rejects.toMatchObject({
      code: 'auth.invalid_credentials',
    })
  })

  test('of an organization leaves its people', async () => {
    const account = { accountId: 'acct-org', name: 'Secretive Ltd', email: 'org@acme.test' }
    await user.client.createAccount({ tenant, account }, user.as(tenant))
    await addPerson(user, tenant, 'usr-employee', { accountId: 'acct-org' })
    const { erasureId, userIds } = await erase(ofAccount('acct-org'))
    expect(userIds).toEqual([])
    await waitFor(async () => {
      const { state } = await user.client.getErasure({ tenant, erasureId }, user.as(tenant))
      return state === PrivacyJobState.COMPLETED
    })
    const found = await user.client.getAccount({ tenant, accountId: 'acct-org' }, user.as(tenant))
    expect(found).toMatchObject({ name: 'erased', email: '' })
    expect(found.eraseTime).toBeDefined()
    expect(await status('usr-employee')).toBe('active')
  })

  test('is told as ids, and listed newest first', async () => {
    await addPerson(user, tenant, 'usr-told')
    const { erasureId } = await erase(ofUser('usr-told'))
    const told = (await user.events(tenant)).filter(({ subject }) => subject.startsWith('privacy'))
    const payload = { erasure_id: erasureId, user_ids: ['usr-told'], account_ids: [] }
    expect(told).toContainEqual({ subject: 'privacy.erasure_requested', payload })
    const page = await user.client.listErasures({ tenant, pageSize: 1 }, user.as(tenant))
    expect(page.erasures.map((erasure) => erasure.erasureId)).toEqual([erasureId])
    expect(page.nextPageToken).not.toBe('')
    const theirs = await user.client.listErasures({ tenant: 'other' }, user.as('other'))
    expect(theirs.erasures).toEqual([])
  })
})

describe('an export', () => {
  const ofMe = ['user.self.*']

  test('is its person’s and the operators’, until it expires', async () => {
    await addPerson(user, tenant, 'usr-curious', { email: 'curious@acme.test' })
    await addPerson(user, tenant, 'usr-other')
    const me = user.asPerson(tenant, 'usr-curious', ofMe)
    const { exportId } = await user.client.createMyExport({}, me)
    await waitFor(async () => (await user.client.getMyExport({}, me)).completeTime)
    const { documents } = await fileOf(user.client.getMyExportFile({}, me))
    expect(documents.user.profile).toMatchObject([{ email: 'curious@acme.test' }])

    const other = user.asPerson(tenant, 'usr-other', ofMe)
    const missing = { code: 'resource.not_found' }
    await expect(fileOf(user.client.getMyExportFile({}, other))).rejects.toMatchObject(missing)
    const foreign = user.client.getPrivacyExport({ tenant: 'other', exportId }, user.as('other'))
    await expect(foreign).rejects.toMatchObject(missing)
    const before = user.present.now
    user.present.now = before.add({ hours: 7 * 24 })
    await expect(fileOf(user.client.getMyExportFile({}, me))).rejects.toMatchObject(missing)
    user.present.now = before
  })

  test('by an operator is not the person’s to fetch', async () => {
    await addPerson(user, tenant, 'usr-watched')
    const subject = ofUser('usr-watched')
    const request = { tenant, subject }
    const { exportId } = await user.client.createPrivacyExport(request, user.as(tenant))
    const me = user.asPerson(tenant, 'usr-watched', ofMe)
    await expect(user.client.getMyExport({}, me)).rejects.toMatchObject({
      code: 'resource.not_found',
    })
    await waitFor(async () => {
      const found = await user.client.getPrivacyExport({ tenant, exportId }, user.as(tenant))
      return found.completeTime
    })
    await fileOf(user.client.getPrivacyExportFile({ tenant, exportId }, user.as(tenant)))
    expect(await user.acts(tenant)).toContainEqual(
      expect.objectContaining({
        action: 'user.get_privacy_export_file',
        object: { export_id: exportId },
      }),
    )
  })

  test('is read page by page as it is fetched, and breaks off when it is gone', async () => {
    await addPerson(user, tenant, 'usr-prolific')
    const me = user.asPerson(tenant, 'usr-prolific', ofMe)
    const { exportId } = await user.client.createMyExport({}, me)
    await waitFor(async () => (await user.client.getMyExport({}, me)).completeTime)
    await user.adminQuery(
      `insert into "user".personal_export_page
         (tenant_id, export_id, service, page_number, records)
       select $1, $2, 'metering', page,
         json_build_array(json_build_object('kind', 'events', 'record', json_build_object('n', page)))
       from generate_series(1, 3) as page`,
      [tenant, exportId],
    )
    const { documents } = await fileOf(user.client.getMyExportFile({}, me))
    expect(documents.metering).toEqual({ events: [{ n: 1 }, { n: 2 }, { n: 3 }] })

    const pieces: string[] = []
    const fetching = async () => {
      for await (const { data } of user.client.getMyExportFile({}, me)) {
        pieces.push(Buffer.from(data).toString())
        if (!pieces.at(-1)?.includes('"n" : 1')) continue
        await user.adminQuery('delete from "user".personal_export where export_id = $1', [exportId])
      }
    }
    await expect(fetching()).rejects.toMatchObject({ code: 'resource.not_found' })
    expect(pieces.join('')).not.toContain('"n" : 3')
  })
})

/** The pieces of a file, put together and read. */
async function fileOf(pieces: AsyncIterable<HttpBody>) {
  const bytes = await Array.fromAsync(pieces, ({ data }) => data)
  return JSON.parse(Buffer.concat(bytes).toString())
}
