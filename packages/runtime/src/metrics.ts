import { assert } from '@purser/kernel'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

type Labels<Name extends string> = Partial<Record<Name, string | number>>

/** `inc(labels, by)` or, on a hot path, keep `labels(...)` and call its `inc(by)`. */
export type CounterMetric<Name extends string> = {
  inc(labels: Labels<Name>, by?: number): void
  labels(labels: Labels<Name>): { inc(by?: number): void }
}

export type GaugeMetric<Name extends string> = {
  set(labels: Labels<Name>, value: number): void
  labels(labels: Labels<Name>): { set(value: number): void; inc(by?: number): void }
}

export type HistogramMetric<Name extends string> = {
  observe(labels: Labels<Name>, value: number): void
  labels(labels: Labels<Name>): { observe(value: number): void }
}

/**
 * Prometheus metrics of one process on a registry of its own. Asking twice for a name returns the
 * same metric; asking with another kind is a bug. Durations are in seconds, names end in the unit.
 */
export type Metrics = {
  counter<const Name extends string = never>(
    name: string,
    help: string,
    labels?: readonly Name[],
  ): CounterMetric<Name>
  gauge<const Name extends string = never>(
    name: string,
    help: string,
    labels?: readonly Name[],
  ): GaugeMetric<Name>
  histogram<const Name extends string = never>(
    name: string,
    help: string,
    labels?: readonly Name[],
    buckets?: readonly number[],
  ): HistogramMetric<Name>
  readonly contentType: string
  /** The Prometheus text exposition of everything measured so far. */
  text(): Promise<string>
}

/** Upper bounds in seconds, from a direct call (tens of microseconds) to a long job. */
export const durationBuckets: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  5, 10, 30, 60,
]

/** `processMetrics` adds CPU, memory, event loop and garbage collection of this process. */
export function createMetrics(options: { processMetrics: boolean }): Metrics {
  const registry = new Registry()
  if (options.processMetrics) collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    counter: (name, help, labels = []) =>
      once(registry, name, Counter, () => {
        return new Counter({ name, help, labelNames: labels, registers })
      }),
    gauge: (name, help, labels = []) =>
      once(registry, name, Gauge, () => new Gauge({ name, help, labelNames: labels, registers })),
    histogram: (name, help, labels = [], buckets = durationBuckets) =>
      once(registry, name, Histogram, () => {
        return new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers })
      }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

function once<Metric>(
  registry: Registry,
  name: string,
  kind: new (...args: never[]) => unknown,
  make: () => Metric,
): Metric {
  const existing = registry.getSingleMetric(name)
  if (!existing) return make()
  assert(existing instanceof kind, () => `metric ${name} exists with another kind`)
  return existing as Metric
}

const noChild = { inc: () => undefined, set: () => undefined, observe: () => undefined }
const noInstrument = { ...noChild, labels: () => noChild }

/** Measures nothing and exposes an empty text: `OBSERVABILITY_DISABLED=true`, and tests. */
export const noMetrics: Metrics = {
  counter: () => noInstrument,
  gauge: () => noInstrument,
  histogram: () => noInstrument,
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  text: async () => '',
}
