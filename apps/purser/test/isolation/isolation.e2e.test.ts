import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, startBed } from './bed.ts'
import { apiKeyOf, apiKeysOf, type Credential, unknownCallers } from './credentials.ts'
import { manifests } from '../../src/manifests.ts'
import { GrpcSender } from './grpc-sender.ts'
import { internalMethods, runInternalMatrix } from './internal-matrix.ts'
import { runHttpMatrix } from './http-matrix.ts'
import { firstBindings, type Operation, publicOperations } from './operation.ts'
import { peopleOf } from './people.ts'
import { rowHashes } from './row-hashes.ts'
import { Sender } from './send.ts'
import { createTenantFixture, type TenantFixture } from './tenant-fixture.ts'

let bed: Bed
let sender: Sender
let grpc: GrpcSender
let a: TenantFixture
let b: TenantFixture
let operations: Operation[]
let strangers: Credential[]
let ofA: Credential[]
let ofB: Credential[]

beforeAll(async () => {
  bed = await startBed()
  sender = new Sender(bed.url)
  grpc = new GrpcSender(bed.grpcUrls)
  operations = publicOperations(bed.insiders.transport)
  a = await createTenantFixture(bed, 'tenant-alfa')
  b = await createTenantFixture(bed, 'tenant-bravo')
  strangers = await unknownCallers(bed, a.tenant)
  ofA = [
    ...(await apiKeysOf(bed, a.tenant, operations, { scoped: true })),
    ...(await peopleOf(bed, a.tenant)),
  ]
  ofB = [
    ...(await apiKeysOf(bed, b.tenant, operations, { scoped: false })),
    ...(await peopleOf(bed, b.tenant)),
  ]
})

afterAll(async () => {
  sender?.close()
  grpc?.close()
  await bed?.close()
})

/** An access token lives 5 minutes, and a walk takes some of them on a busy machine. */
async function signInAnew(): Promise<void> {
  const keysOf = (all: readonly Credential[]) => all.filter(({ kind }) => kind !== 'person')
  ofA = [...keysOf(ofA), ...(await peopleOf(bed, a.tenant))]
  ofB = [...keysOf(ofB), ...(await peopleOf(bed, b.tenant))]
}

test('every operation answers every caller of every target as its contract says', async () => {
  const before = await rowHashes(bed.query, b.tenant)
  const credentials = [...strangers, ...ofA]
  const first = await runHttpMatrix({ sender, operations, credentials, home: a, other: b })
  expect(first.findings).toEqual([])
  expect(await rowHashes(bed.query, b.tenant)).toEqual(before)

  const reads = operations.filter(({ route }) => route.binding.httpMethod === 'GET')
  const unanswered = reads.map(({ name }) => name).filter((name) => !first.answered.has(name))
  // Of one's own export there may be none yet, since calls run side by side, and a job collects it by and by; the
  // sample resource needs a plan, a guest's cart its token, and an order of one's own a checkout, which nobody has here
  // (apps/purser/test/checkout/shopper.pg.test.ts).
  const mayBeUnanswered = new Set([
    'GetMyExport#0',
    'GetMyExportFile#0',
    'ListWidgets#0',
    'GetCart#0',
    'GetCart#1',
    'GetOwnOrder#0',
    'GetOwnOrder#1',
  ])
  expect(unanswered.filter((name) => !mayBeUnanswered.has(name))).toEqual([])

  await signInAnew()
  const beforeB = await rowHashes(bed.query, a.tenant)
  const second = await runHttpMatrix({ sender, operations, credentials: ofB, home: b, other: a })
  expect(second.findings).toEqual([])
  expect(await rowHashes(bed.query, a.tenant)).toEqual(beforeB)
  console.log(`${first.cellCount + second.cellCount} cells of ${operations.length} operations`)
  expect(first.cellCount + second.cellCount).toBeGreaterThan(5_000)
}, 600_000)

test('every operation answers at its service port as at the gateway, and internal ones nobody', async () => {
  await signInAnew()
  const before = await rowHashes(bed.query, b.tenant)
  const credentials = [...strangers, ...ofA]
  // The same services judge what is in a request: that a guess looks like a stranger's thing was seen above.
  const targetNames = ['own', 'foreign thing', 'foreign tenant'] as const
  const matrix = { sender: grpc, operations: firstBindings(operations), targetNames }
  const first = await runHttpMatrix({ ...matrix, credentials, home: a, other: b })
  expect(first.findings).toEqual([])
  expect(await rowHashes(bed.query, b.tenant)).toEqual(before)
  await signInAnew()
  const second = await runHttpMatrix({ ...matrix, credentials: ofB, home: b, other: a })
  expect(second.findings).toEqual([])

  const methods = internalMethods(manifests.map(({ descriptor }) => descriptor))
  const everybody = [...strangers, ...ofA, ...ofB]
  const tenants = [a.tenant, b.tenant]
  const internal = await runInternalMatrix(grpc, methods, everybody, tenants)
  expect(internal.findings).toEqual([])
  console.log(
    `${first.cellCount + second.cellCount} cells, ${internal.cellCount} of internal methods`,
  )
  expect(first.cellCount + second.cellCount).toBeGreaterThan(5_000)
  expect(internal.cellCount).toBeGreaterThan(500)
}, 600_000)

test('the matrix sees a key that may more than it should, and one of another tenant', async () => {
  const viewer = await apiKeyOf(bed, a.tenant, 'viewer', ['user.accounts.read'])
  const wide = {
    ...(await apiKeyOf(bed, a.tenant, 'wide', ['*'])),
    permissions: viewer.permissions,
  }
  const stray = { ...(await apiKeyOf(bed, b.tenant, 'stray', ['*'])), tenant: a.tenant }
  const reads = operations.filter(({ route }) => route.binding.httpMethod === 'GET')
  const matrix = { sender, operations: reads, home: a, other: b }
  const tooWide = await runHttpMatrix({ ...matrix, credentials: [wide] })
  expect(tooWide.findings.join('\n')).toContain(
    'ListMeters#0 by wide of tenant-alfa of own: expected 403, not 200',
  )
  const strayed = await runHttpMatrix({ ...matrix, credentials: [stray] })
  expect(strayed.findings.join('\n')).toContain('of foreign tenant: expected 404, not 200')
  expect(strayed.findings.join('\n')).toContain(`the answer tells ${b.marker}`)
})
