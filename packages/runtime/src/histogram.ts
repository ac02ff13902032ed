import { assert } from '@purser/kernel'
import type { Metric, Registry } from 'prom-client'

type LabelValues = Readonly<Record<string, string | number | undefined>>

type HistogramOptions = {
  name: string
  help: string
  labelNames: readonly string[]
  /** Upper bounds of the buckets, ascending, without infinity. */
  buckets: readonly number[]
  registry: Registry
}

/**
 * A histogram on a registry of prom-client, exposed as its own would be. Its own checks and hashes the labels at
 * each observation, also of a child (`labels`): 1.5 µs, where a child of this one adds to two numbers (0.1 µs). The
 * gateway observes two histograms a request.
 */
export class BucketHistogram {
  readonly name: string
  readonly help: string
  readonly type = 'histogram'
  readonly aggregator = 'sum'
  readonly #labelNames: readonly string[]
  readonly #bounds: readonly number[]
  readonly #series = new Map<string, Series>()

  constructor({ name, help, labelNames, buckets, registry }: HistogramOptions) {
    this.name = name
    this.help = help
    this.#labelNames = labelNames
    this.#bounds = buckets
    // What never had labels is shown from the start, at zero.
    if (labelNames.length === 0) this.labels({})
    // The registry asks its metrics for nothing but these members.
    registry.registerMetric(this as unknown as Metric)
  }

  observe(labels: LabelValues, value: number): void {
    this.labels(labels).observe(value)
  }

  /** The observations of one set of labels; an unknown label is a bug. */
  labels(labels: LabelValues): Series {
    for (const label of Object.keys(labels)) {
      assert(this.#labelNames.includes(label), () => `${this.name} has no label ${label}`)
    }
    const key = JSON.stringify(this.#labelNames.map((label) => labels[label]))
    const known = this.#series.get(key)
    if (known) return known
    const made = new Series(labels, this.#bounds)
    this.#series.set(key, made)
    return made
  }

  /** What the registry reads. */
  async get() {
    const values = [...this.#series.values()].flatMap((series) => series.expose(this.name))
    return {
      name: this.name,
      help: this.help,
      type: this.type,
      aggregator: this.aggregator,
      values,
    }
  }
}

class Series {
  readonly #labels: LabelValues
  readonly #bounds: readonly number[]
  /** Observations up to each bound and above the one before; the last are beyond all bounds. */
  readonly #counts: number[]
  #sum = 0

  constructor(labels: LabelValues, bounds: readonly number[]) {
    this.#labels = labels
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  readonly observe = (value: number): void => {
    assert(Number.isFinite(value), () => `${value} cannot be observed`)
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#sum += value
  }

  expose(name: string) {
    const sharedLabels = this.#labels
    let count = 0
    const buckets = this.#counts.map((observed, index) => {
      count += observed
      const labels = { le: this.#bounds[index] ?? '+Inf' }
      return { metricName: `${name}_bucket`, labels, sharedLabels, value: count }
    })
    const sum = { metricName: `${name}_sum`, labels: {}, sharedLabels, value: this.#sum }
    return [
      ...buckets,
      sum,
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
    ]
  }
}
