import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  Aggregation,
  type EventPolicySchema,
  MeteringService,
  type Meter,
} from '@purser/contracts/metering/v1/metering'
import { fixedClock } from '@purser/kernel'
import { asService } from '@purser/rpc'
import { createTestDatabase, hostServices } from '@purser/testing'
import { createMeteringService, meteringManifest } from '../src/index.ts'

/** The present of these tests. */
const NOW = Temporal.Instant.from('2026-02-15T12:00:00Z')

/** Fields of a meter that a test chooses. */
type MeterFields = Partial<Omit<Meter, '$typeName' | '$unknown' | 'eventPolicy'>> & {
  eventPolicy?: MessageInitShape<typeof EventPolicySchema>
}

/** The metering service on a fresh database, driven by its client. `countersUrl`: of the Redis that counts. */
export async function startMetering({ countersUrl }: { countersUrl?: string } = {}) {
  const testDatabase = await createTestDatabase('metering', meteringManifest.migrationsDir.pathname)
  const service = createMeteringService({
    database: testDatabase.database,
    clock: fixedClock(NOW),
    maxWorkers: 4,
    maxDbJobs: 4,
    log: { warn: () => undefined },
    countersUrl,
  })
  const client = hostServices(service)(MeteringService)
  const as = (tenant: string) => asService('test', tenant)
  return {
    client,
    as,
    service,
    close: () => testDatabase.close(),
    adminQuery: testDatabase.adminQuery,
    database: testDatabase.database,
    adminUrl: testDatabase.adminUrl,
    schema: testDatabase.schema,
    role: testDatabase.role,
    password: testDatabase.password,
    createMeter: (tenant: string, meter: MeterFields = {}): Promise<Meter> =>
      client.createMeter(
        {
          tenant,
          meter: {
            meterKey: 'requests',
            name: 'Requests',
            eventType: 'request',
            aggregation: Aggregation.SUM,
            ...meter,
          },
        },
        as(tenant),
      ),
    /** Sends a body cut into pieces of `pieceBytes`. */
    ingest: (
      tenant: string,
      body: string | Buffer,
      contentType = 'application/x-ndjson',
      pieceBytes = 64,
    ) => client.ingestEvents(cut(tenant, Buffer.from(body), contentType, pieceBytes), as(tenant)),
  }
}

export type Metering = Awaited<ReturnType<typeof startMetering>>

async function* cut(tenant: string, bytes: Buffer, contentType: string, pieceBytes: number) {
  for (let from = 0; from === 0 || from < bytes.length; from += pieceBytes) {
    yield { tenant, body: { contentType, data: bytes.subarray(from, from + pieceBytes) } }
  }
}

/** A usage event as JSON; fields may be replaced or, with undefined, left out. */
export function eventJson(fields: Record<string, unknown>): string {
  const event = {
    id: 'e1',
    source: 'test',
    type: 'request',
    subject: 'acct-1',
    time: '2026-02-10T00:00:00Z',
    quantity: 1,
    ...fields,
  }
  return JSON.stringify(event)
}
