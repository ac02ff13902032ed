import { isPurserError } from '@purser/kernel'
import type { Logger } from './logger.ts'

/** One dependency that must answer before traffic is welcome; `check` rejects when it does not. */
export type HealthCheck = { name: string; check(): Promise<void> }

export type CheckResult = { name: string; ok: boolean; message: string }

/** `ready` is false while draining, whatever the checks say. */
export type Readiness = { ready: boolean; draining: boolean; checks: CheckResult[] }

/**
 * What a process says about itself. Live: the event loop turns, nothing more, so that a lost
 * database never makes an orchestrator kill the process. Ready: not draining, and every check
 * passed, all run at once and each within `checkTimeoutMs` (1,000 unless given).
 *
 * Messages are public: a failing check shows a PurserError's message or `failed`; the cause is
 * logged.
 */
export class HealthRegistry {
  readonly #checks: HealthCheck[] = []
  readonly #log: Logger
  readonly #checkTimeoutMs: number
  #draining = false

  constructor(options: { log: Logger; checkTimeoutMs?: number }) {
    this.#log = options.log
    this.#checkTimeoutMs = options.checkTimeoutMs ?? 1000
  }

  add(check: HealthCheck): void {
    this.#checks.push(check)
  }

  live(): { live: true } {
    return { live: true }
  }

  async ready(): Promise<Readiness> {
    const checks = await Promise.all(this.#checks.map((check) => this.#run(check)))
    const draining = this.#draining
    return { ready: !draining && checks.every((result) => result.ok), draining, checks }
  }

  /** From now on not ready: load balancers stop sending, running requests go on. */
  drain(): void {
    this.#draining = true
  }

  async #run(check: HealthCheck): Promise<CheckResult> {
    const timeoutMs = this.#checkTimeoutMs
    const { promise: timedOut, resolve } = Promise.withResolvers<CheckResult>()
    const late = { name: check.name, ok: false, message: `no answer within ${timeoutMs} ms` }
    const timer = setTimeout(resolve, timeoutMs, late)
    try {
      return await Promise.race([timedOut, this.#attempt(check)])
    } finally {
      clearTimeout(timer)
    }
  }

  async #attempt(check: HealthCheck): Promise<CheckResult> {
    try {
      await check.check()
      return { name: check.name, ok: true, message: 'ok' }
    } catch (err) {
      this.#log.warn({ err, check: check.name }, 'health check failed')
      return { name: check.name, ok: false, message: isPurserError(err) ? err.message : 'failed' }
    }
  }
}
