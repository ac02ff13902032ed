import type { Logger } from '@purser/runtime'

export type PollLoopOptions = {
  name: string
  log: Logger
  /** The pause after a step that found nothing more. */
  intervalMs: number
  /** One look; true when there is more to do at once. */
  step(): Promise<boolean>
}

/** The pause after repeated errors never grows beyond this. */
const longestPauseMs = 10_000

/** Repeats a step until it is stopped; a failing step is logged and repeated after a growing pause. */
export class PollLoop {
  readonly #options: PollLoopOptions
  #stopping = false
  #woken = false
  #endPause: (() => void) | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: PollLoopOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Ends the pause; during a step, makes another one follow at once. */
  wake(): void {
    this.#woken = true
    this.#endPause?.()
  }

  /** Resolves when the step under way has ended; no other begins. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#endPause?.()
    await this.#running
  }

  async #run(): Promise<void> {
    const { name, log, intervalMs, step } = this.#options
    let failures = 0
    while (!this.#stopping) {
      this.#woken = false
      try {
        const more = await step()
        failures = 0
        if (more) continue
      } catch (err) {
        failures += 1
        if (!this.#stopping) log.warn({ err, loop: name, failures }, 'will be tried again')
      }
      await this.#pause(Math.min(intervalMs * 2 ** Math.min(failures, 16), longestPauseMs))
    }
  }

  #pause(pauseMs: number): Promise<void> {
    if (this.#stopping || this.#woken) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#endPause = undefined
        resolve()
      }
      const timer = setTimeout(end, pauseMs)
      this.#endPause = end
    })
  }
}
