import type { FuzzAnswer } from './fuzz-request.ts'

const SLOWEST = 10

/** Counts what a run of the suite sees. */
export class FuzzReport {
  readonly #beganMs = performance.now()
  readonly #byStatus = new Map<number, number>()
  readonly #succeeded = new Map<string, number>()
  readonly #refusals = new Map<string, Map<string, number>>()
  #slowest: { operationId: string; ms: number; status: number }[] = []
  #requests = 0

  add(operationId: string, answer: FuzzAnswer): void {
    const { status, elapsedMs: ms, isCut } = answer
    this.#requests += 1
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1)
    const isDone = status >= 200 && status < 300
    this.#succeeded.set(operationId, (this.#succeeded.get(operationId) ?? 0) + Number(isDone))
    if (status >= 400) this.#countRefusal(operationId, answer)
    // How long we read a stream that goes on says nothing.
    if (isCut || ms <= (this.#slowest.at(SLOWEST - 1)?.ms ?? 0)) return
    this.#slowest = [...this.#slowest, { operationId, ms, status }]
      .sort((a, b) => b.ms - a.ms)
      .slice(0, SLOWEST)
  }

  #countRefusal(operationId: string, { body }: FuzzAnswer): void {
    const text = Buffer.from(body).toString('utf8')
    // The id differs from request to request.
    const reason = text
      .replace(/^.*?"detail":/s, '')
      .replace(/"request_id":"[^"]*"/, '')
      .slice(0, 200)
    const counts = this.#refusals.get(operationId) ?? new Map<string, number>()
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    this.#refusals.set(operationId, counts)
  }

  /** The reason that an operation refused most often, if any. */
  #usualRefusal(operationId: string): string {
    const counts = [...(this.#refusals.get(operationId) ?? [])].sort(([, a], [, b]) => b - a)
    return counts[0]?.join(' × ') ?? 'nothing'
  }

  get requests(): number {
    return this.#requests
  }

  /** Operations that never succeeded: what lies behind their checks was not reached. */
  neverSucceeded(): string[] {
    return [...this.#succeeded]
      .filter(([, count]) => count === 0)
      .map(([operationId]) => operationId)
  }

  lines(): string[] {
    const seconds = (performance.now() - this.#beganMs) / 1_000
    const counts = [...this.#byStatus].sort(([a], [b]) => a - b)
    const never = this.neverSucceeded()
    return [
      `${this.#requests} requests in ${seconds.toFixed(1)} s, ${Math.round(this.#requests / seconds)}/s`,
      `status: ${counts.map(([status, count]) => `${status} ${count}`).join(', ')}`,
      ...never.map((id) => `never succeeded: ${id}; most often ${this.#usualRefusal(id)}`),
      'slowest:',
      ...this.#slowest.map(({ operationId, ms, status }) => {
        return `  ${Math.round(ms)} ms ${operationId} (${status})`
      }),
    ]
  }
}
