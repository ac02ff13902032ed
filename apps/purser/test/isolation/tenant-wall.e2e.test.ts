import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, SECRET, startBed } from './bed.ts'
import { type Insiders, startInsiders } from './insiders.ts'
import { type Operation, publicOperations } from './operation.ts'
import { pinnable, strippedStatements } from './pinned-database.ts'
import { rowHashes } from './row-hashes.ts'
import { createTenantFixture, type TenantFixture } from './tenant-fixture.ts'
import { runWallMatrix } from './wall-matrix.ts'

let bed: Bed
let unguarded: Insiders
let a: TenantFixture
let b: TenantFixture
let operations: Operation[]

beforeAll(async () => {
  bed = await startBed()
  unguarded = await startInsiders({
    postgresUrl: bed.postgresUrl,
    secret: SECRET,
    around: pinnable,
  })
  operations = publicOperations(unguarded.transport)
  a = await createTenantFixture(bed, 'tenant-alfa')
  b = await createTenantFixture(bed, 'tenant-bravo')
})

afterAll(async () => {
  await unguarded?.close()
  await bed?.close()
})

test.each([false, true])(
  'row-level security alone keeps tenants apart, statements without filters: %s',
  async (withoutFilters) => {
    const before = await rowHashes(bed.query, b.tenant)
    const pin = { tenant: a.tenant, withoutFilters }
    const report = await runWallMatrix(operations, pin, b)
    const { cellCount, answered, refusals } = report
    console.log(`${cellCount} calls, ${answered.length} answered`, refusals)
    expect(report.findings).toEqual([])
    expect(await rowHashes(bed.query, b.tenant)).toEqual(before)
    expect(report.cellCount).toBe(operations.length * 2)
    if (withoutFilters) expect(strippedStatements.size).toBeGreaterThan(20)
  },
)

test.each(['"user".account', 'invoicing.invoice', 'subscription.subscription'])(
  'a policy that is missing from %s is seen',
  async (table) => {
    await bed.query(`alter table ${table} disable row level security`)
    const pin = { tenant: a.tenant, withoutFilters: true }
    const reads = operations.filter(({ route }) => route.binding.httpMethod === 'GET')
    const { findings } = await runWallMatrix(reads, pin, b)
    await bed.query(`alter table ${table} enable row level security`)
    expect(findings.join('\n')).toContain('the answer tells')
  },
)
