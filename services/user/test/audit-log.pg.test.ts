import { randomUUIDv7 } from 'node:crypto'
import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  ActorKind,
  type ListAuditEntriesRequestSchema,
  type RecordedActSchema,
} from '@purser/contracts/user/v1/audit'
import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUser, type User } from './user-harness.ts'

type Act = MessageInitShape<typeof RecordedActSchema>
type Question = MessageInitShape<typeof ListAuditEntriesRequestSchema>

let user: User
beforeAll(async () => {
  user = await startUser()
})
afterAll(() => user.close())

const at = (text: string) => toProtoTimestamp(Temporal.Instant.from(text))

const act = (more: Act = {}): Act => ({
  eventId: randomUUIDv7(),
  action: 'user.create_role',
  actorKind: ActorKind.USER,
  actorId: 'usr_ann',
  object: { role_key: 'auditor' },
  actTime: at('2026-02-15T11:59:59.123456Z'),
  requestId: 'req_1',
  clientAddress: '198.51.100.1',
  ...more,
})

const append = (tenant: string, ...acts: Act[]) =>
  user.client.appendAuditEntries({ tenant, acts }, user.as(tenant))
const verify = (tenant: string, known: { knownSequence?: bigint; knownHash?: string } = {}) =>
  user.client.verifyAuditLog({ tenant, ...known }, user.as(tenant))
const list = async (tenant: string, question: Question = {}) =>
  (await user.client.listAuditEntries({ ...question, tenant }, user.as(tenant))).entries

describe('the log', () => {
  test('has nothing at first, and that is verified too', async () => {
    expect(await list('empty')).toEqual([])
    expect(await verify('empty')).toMatchObject({
      intact: true,
      checkedCount: 0n,
      headSequence: 0n,
      headHash: '0'.repeat(64),
    })
  })

  test('answers what came in, with the time of the platform, hash upon hash', async () => {
    await append('answers', act(), act({ action: 'user.delete_role', clientAddress: '' }))
    const [second, first] = await list('answers')
    expect(first).toMatchObject({
      sequence: 1n,
      action: 'user.create_role',
      actorKind: ActorKind.USER,
      actorId: 'usr_ann',
      object: { role_key: 'auditor' },
      actTime: at('2026-02-15T11:59:59.123456Z'),
      recordTime: at('2026-02-15T12:00:00Z'),
      requestId: 'req_1',
      clientAddress: '198.51.100.1',
      previousHash: '0'.repeat(64),
    })
    expect(second).toMatchObject({ sequence: 2n, clientAddress: '', previousHash: first?.hash })
    expect(await verify('answers')).toMatchObject({
      intact: true,
      checkedCount: 2n,
      headSequence: 2n,
      headHash: second?.hash,
    })
  })

  test('has an act once, however often and in whatever company it is handed over', async () => {
    const [one, two, three] = [act(), act(), act()]
    expect(await append('once', one, two)).toMatchObject({ appendedCount: 2 })
    expect(await append('once', one, two)).toMatchObject({ appendedCount: 0 })
    expect(await append('once', two, three, three)).toMatchObject({ appendedCount: 1 })
    const ids = (await list('once')).map(({ eventId }) => eventId)
    expect(ids).toEqual([three.eventId, two.eventId, one.eventId])
  })

  test('has no gap and no fork when fifty append at once', async () => {
    const acts = Array.from({ length: 50 }, () => act())
    await Promise.all(acts.map((each) => append('crowd', each)))
    const entries = await list('crowd', { pageSize: 100 })
    const sequences = entries.map(({ sequence }) => sequence)
    expect(sequences).toEqual(Array.from({ length: 50 }, (_, n) => BigInt(50 - n)))
    expect(new Set(entries.map(({ eventId }) => eventId)).size).toBe(50)
    expect(await verify('crowd')).toMatchObject({ intact: true, checkedCount: 50n })
  })

  test('is one by tenant: the same fact, another chain, and no sight of it', async () => {
    const shared = act({ object: { role_key: 'shared' } })
    await append('tenant-a', shared)
    await append('tenant-b', act(), shared)
    expect(await list('tenant-a')).toHaveLength(1)
    expect((await list('tenant-b'))[0]).toMatchObject({ sequence: 2n, eventId: shared.eventId })
    const across = user.client.listAuditEntries({ tenant: 'tenant-b' }, user.as('tenant-a'))
    const wide = { ...user.asPerson('tenant-a', 'usr_eve', ['*']) }
    await expect(user.client.verifyAuditLog({ tenant: 'tenant-b' }, wide)).rejects.toMatchObject({
      code: 'resource.not_found',
    })
    await expect(across).rejects.toMatchObject({ code: 'resource.not_found' })
  })

  test('is written by services alone', async () => {
    const person = user.asPerson('answers', 'usr_ann', ['*'])
    await expect(
      user.client.appendAuditEntries({ tenant: 'answers', acts: [act()] }, person),
    ).rejects.toMatchObject({ code: 'auth.permission_denied' })
  })

  test('cannot be changed by the service’s own role', async () => {
    await append('fixed', act())
    for (const text of [
      `update audit_entry set actor_id = 'other'`,
      'delete from audit_entry',
      'truncate audit_entry',
      'delete from audit_object',
      'delete from audit_head',
    ]) {
      const attempt = user.database.tx('fixed', (tx) => tx.execute({ name: text, text }))
      await expect(attempt, text).rejects.toThrow('permission denied')
    }
  })
})

describe('the list', () => {
  beforeAll(async () => {
    await append(
      'found',
      act({ actorId: 'usr_1', actTime: at('2026-01-01T00:00:00Z') }),
      act({ actorId: 'usr_2', object: { user_id: 'usr_9', role_key: 'auditor' } }),
      act({ actorId: 'usr_1', action: 'user.delete_role', object: { role_key: 'old' } }),
      act({ actorKind: ActorKind.ANONYMOUS, actorId: '', object: {} }),
    )
  })

  test.each<[string, Question, bigint[]]>([
    ['actor', { actorId: 'usr_1' }, [3n, 1n]],
    ['action', { action: 'user.delete_role' }, [3n]],
    ['object', { objectId: 'auditor' }, [2n, 1n]],
    ['one of several objects', { objectId: 'usr_9' }, [2n]],
    ['object of nobody', { objectId: 'nobody' }, []],
    ['start', { startTime: at('2026-02-01T00:00:00Z') }, [4n, 3n, 2n]],
    ['end, which is not in it', { endTime: at('2026-02-15T11:59:59.123456Z') }, [1n]],
    ['several at once', { actorId: 'usr_1', objectId: 'old' }, [3n]],
  ])('is narrowed by %s', async (_name, question, expected) => {
    expect((await list('found', question)).map(({ sequence }) => sequence)).toEqual(expected)
  })

  test('goes on from page to page, with the same filter', async () => {
    const question = { tenant: 'found', actorId: 'usr_1', pageSize: 1 }
    const first = await user.client.listAuditEntries(question, user.as('found'))
    const next = { ...question, pageToken: first.nextPageToken }
    const second = await user.client.listAuditEntries(next, user.as('found'))
    expect([...first.entries, ...second.entries].map(({ sequence }) => sequence)).toEqual([3n, 1n])
    expect(second.nextPageToken).toBe('')
    await expect(list('found', { pageToken: 'made-up' })).rejects.toMatchObject({
      code: 'request.invalid',
    })
  })
})

describe('verification finds', () => {
  const owner = (tenant: string, text: string) => user.adminQuery(text, [tenant])
  let count = 0

  /** A tenant with a log that reaches beyond the page of a walk. */
  async function longLog() {
    count += 1
    const tenant = `long-${count}`
    await append(tenant, ...Array.from({ length: 1_000 }, () => act()))
    await append(tenant, act(), act(), act())
    return tenant
  }

  test.each([
    ['a changed actor', `update "user".audit_entry set actor_id = 'x'`, 1_002n],
    ['a changed object', `update "user".audit_entry set object = '{"role_key": "x"}'`, 1_002n],
    ['a moved time', `update "user".audit_entry set acted_at = acted_at + interval '1 us'`, 1_002n],
    ['another hash', `update "user".audit_entry set hash = sha256('x')`, 1_002n],
  ])('%s', async (_name, update, broken) => {
    const tenant = await longLog()
    expect(await verify(tenant)).toMatchObject({ intact: true, checkedCount: 1_003n })
    await owner(tenant, `${update} where tenant_id = $1 and sequence = ${broken}`)
    expect(await verify(tenant)).toMatchObject({
      intact: false,
      checkedCount: broken,
      firstBrokenSequence: broken,
    })
  })

  test('a removed entry, in the middle and at the end', async () => {
    const tenant = await longLog()
    const remove = async (sequence: number) => {
      for (const table of ['audit_object', 'audit_entry']) {
        await owner(
          tenant,
          `delete from "user".${table} where tenant_id = $1 and sequence = ${sequence}`,
        )
      }
    }
    await remove(1_003)
    expect(await verify(tenant)).toMatchObject({ intact: false, firstBrokenSequence: 1_003n })
    await remove(7)
    expect(await verify(tenant)).toMatchObject({ intact: false, firstBrokenSequence: 7n })
  })

  test('a log that was rewritten as a whole, by whoever kept an earlier head', async () => {
    const tenant = 'rewritten'
    await append(tenant, act(), act())
    const { headSequence: knownSequence, headHash: knownHash } = await verify(tenant)
    await append(tenant, act())
    expect(await verify(tenant, { knownSequence, knownHash })).toMatchObject({ intact: true })
    for (const table of ['audit_object', 'audit_entry', 'audit_head']) {
      await owner(tenant, `delete from "user".${table} where tenant_id = $1`)
    }
    expect(await verify(tenant, { knownSequence, knownHash })).toMatchObject({
      intact: false,
      firstBrokenSequence: 1n,
    })
    await append(tenant, act(), act(), act())
    expect(await verify(tenant)).toMatchObject({ intact: true })
    expect(await verify(tenant, { knownSequence, knownHash })).toMatchObject({
      intact: false,
      firstBrokenSequence: 2n,
    })
  })

  test('nothing when it is asked for half of a known entry', async () => {
    await expect(verify('empty', { knownSequence: 3n })).rejects.toMatchObject({
      code: 'request.invalid',
    })
  })
})
