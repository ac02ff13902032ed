import { expect, test } from 'vitest'
import { createMetrics, noMetrics } from './metrics.ts'

test('what is measured is exposed', async () => {
  const metrics = createMetrics({ processMetrics: false })
  metrics.counter('jobs_total', 'jobs', ['task']).inc({ task: 'mail' }, 2)
  metrics.gauge('queue_length', 'waiting').set({}, 7)
  metrics.histogram('call_duration_seconds', 'calls', ['code']).observe({ code: 'ok' }, 0.003)
  const text = await metrics.text()
  expect(text).toContain('jobs_total{task="mail"} 2')
  expect(text).toContain('queue_length 7')
  expect(text).toContain('call_duration_seconds_bucket{le="0.005",code="ok"} 1')
  expect(text).toContain('call_duration_seconds_sum{code="ok"} 0.003')
})

test('the same name is the same metric, another kind is a bug', async () => {
  const metrics = createMetrics({ processMetrics: false })
  metrics.counter('jobs_total', 'jobs').inc({})
  metrics.counter('jobs_total', 'jobs').labels({}).inc()
  expect(await metrics.text()).toContain('jobs_total 2')
  expect(() => metrics.gauge('jobs_total', 'jobs')).toThrow('another kind')
})

test('registries do not share, process metrics come on request', async () => {
  expect(await createMetrics({ processMetrics: false }).text()).toBe('\n')
  expect(await createMetrics({ processMetrics: true }).text()).toContain('process_cpu_user_seconds')
})

test('switched off it accepts everything and exposes nothing', async () => {
  noMetrics.counter('a', 'a', ['b']).labels({ b: 'c' }).inc(1)
  noMetrics.histogram('h', 'h').observe({}, 1)
  noMetrics.gauge('g', 'g').set({}, 1)
  expect(await noMetrics.text()).toBe('')
})
