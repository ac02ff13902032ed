import { Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { BucketHistogram } from './histogram.ts'

const shape = { name: 'call_seconds', help: 'Calls "by" code', labelNames: ['code', 'route'] }
const buckets = [0.005, 0.01, 1]

test('it is exposed as a histogram of prom-client is', async () => {
  const ours = new Registry()
  const theirs = new Registry()
  const histograms = [
    new BucketHistogram({ ...shape, buckets, registry: ours }),
    new Histogram({ ...shape, buckets, registers: [theirs] }),
  ]
  for (const histogram of histograms) {
    const ok = histogram.labels({ code: 'ok', route: '/a"b\\' })
    for (const value of [0, 0.005, 0.00500001, 0.5, 1, 2, 60]) ok.observe(value)
    histogram.observe({ code: 'bad' }, 0.25)
    histogram.observe({ route: '/a"b\\', code: 'ok' }, 0.25)
  }
  expect(await ours.metrics()).toBe(await theirs.metrics())
  expect(await ours.metrics()).toContain('call_seconds_count{code="ok",route="/a\\"b\\\\"} 8')
})

test('without labels it is there from the start', async () => {
  const registry = new Registry()
  new BucketHistogram({ name: 'waits', help: 'h', labelNames: [], buckets, registry })
  expect(await registry.metrics()).toContain('waits_bucket{le="+Inf"} 0')
})

test('an unknown label and what is no number are bugs', () => {
  const registry = new Registry()
  const histogram = new BucketHistogram({ ...shape, buckets, registry })
  expect(() => histogram.labels({ colour: 'red' })).toThrow('has no label colour')
  expect(() => histogram.observe({ code: 'ok' }, Number.NaN)).toThrow('cannot be observed')
})
