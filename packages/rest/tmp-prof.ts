import { RecordEventsRequestSchema, UsageEventSchema } from '@purser/contracts/metering/v1/metering'
import { create } from '@bufbuild/protobuf'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import { createJsonCodec } from './src/index.ts'
import { parseTime } from './src/json/time-codecs.ts'
import { JsonReader } from './src/json/json-reader.ts'
const codec = createJsonCodec(RecordEventsRequestSchema)
const text = JSON.stringify({ tenant: 'acme', events: Array.from({ length: 10000 }, (_, i) => ({ id: `evt_${i}`, type: 'api.call', subject: `acct_${i % 100}`, time: '2026-02-01T00:00:00.123Z', quantity: '12.5', properties: { region: 'eu-west', plan: 'pro' } })) })
const time = (name: string, f: () => void) => { for (let i = 0; i < 5; i++) f(); const t = performance.now(); for (let i = 0; i < 10; i++) f(); console.log(name, ((performance.now() - t) / 10).toFixed(1)) }
time('decode', () => codec.decode(text))
time('skip', () => new JsonReader(text).skip())
time('create 10k', () => { for (let i = 0; i < 10000; i++) create(UsageEventSchema) })
time('create ts 10k', () => { for (let i = 0; i < 10000; i++) create(TimestampSchema, { seconds: 1n, nanos: 1 }) })
time('parseTime 10k', () => { for (let i = 0; i < 10000; i++) parseTime('2026-02-01T00:00:00.123Z') })
