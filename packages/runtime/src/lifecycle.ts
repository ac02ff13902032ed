import { once } from 'node:events'
import { allEnded } from '@purser/kernel'
import type { Logger } from './logger.ts'

/**
 * A part of a process. `start` resolves when it serves; `drain` refuses new work and resolves when
 * the running work is done; `stop` frees everything and is also called after a drain that was cut.
 */
export type Component = {
  name: string
  start(): Promise<void>
  drain?(): Promise<void>
  stop(): Promise<void>
}

export type LifecycleOptions = {
  log: Logger
  /** Aborting it ends the process in order; during start-up it ends the start-up. */
  signal: AbortSignal
  /** Bound of draining, and again of each component's stop, in milliseconds. */
  stopTimeoutMs: number
}

export type RunningComponents = {
  /** Drains all at once, then stops in reverse order. Safe to call again: same promise. */
  stop(): Promise<void>
}

/** A component, or lanes of components that need nothing of each other: each lane starts in order, all at once. */
export type StartStep = Component | { sideBySide: readonly (readonly Component[])[] }

/**
 * Starts `steps` in order. When one fails, those already started are stopped in reverse and
 * the failure is thrown. A component that does not stop within the bound is left behind and named;
 * `stop()` then rejects with an AggregateError after all others were stopped.
 */
export async function startComponents(
  steps: readonly StartStep[],
  options: LifecycleOptions,
): Promise<RunningComponents> {
  const started: Component[] = []
  let failedName = ''
  const start = async (component: Component): Promise<void> => {
    try {
      options.signal.throwIfAborted()
      await component.start()
    } catch (error) {
      failedName ||= component.name
      throw error
    }
    started.push(component)
    options.log.debug({ component: component.name }, 'started')
  }
  try {
    for (const step of steps) {
      await ('sideBySide' in step ? startLanes(step.sideBySide, start) : start(step))
    }
  } catch (error) {
    const failures = await stopAll(started, options)
    if (failures.length === 0) throw error
    const message = `${failedName} did not start`
    throw new AggregateError([error, ...failures], message, { cause: error })
  }
  let stopping: Promise<void> | undefined
  return {
    stop: () => {
      stopping ??= drainAndStop(started, options)
      return stopping
    },
  }
}

/**
 * `startComponents`, then `onStarted`, then wait for the signal, then stop. Resolves after an
 * orderly end, also when the signal came during the start-up. Never exits the process.
 */
export async function runComponents(
  components: readonly StartStep[],
  options: LifecycleOptions & { onStarted?: () => void },
): Promise<void> {
  const { signal } = options
  let running: RunningComponents
  try {
    running = await startComponents(components, options)
  } catch (error) {
    if (signal.aborted && error === signal.reason) return
    throw error
  }
  options.onStarted?.()
  if (!signal.aborted) await once(signal, 'abort')
  await running.stop()
}

/**
 * Aborts on SIGINT or SIGTERM. Only the first is caught: a second one ends the process at once,
 * which is what a person pressing Ctrl-C again wants.
 */
export function processSignal(): AbortSignal {
  const controller = new AbortController()
  const names = ['SIGINT', 'SIGTERM'] as const
  const abort = (name: NodeJS.Signals) => {
    for (const other of names) process.removeListener(other, abort)
    controller.abort(new Error(`received ${name}`))
  }
  for (const name of names) process.on(name, abort)
  return controller.signal
}

/** Ends when every lane has started or stopped short; then throws the first failure. */
async function startLanes(
  lanes: readonly (readonly Component[])[],
  start: (component: Component) => Promise<void>,
): Promise<void> {
  await allEnded(
    lanes.map(async (lane) => {
      for (const component of lane) await start(component)
    }),
  )
}

async function drainAndStop(
  started: readonly Component[],
  options: LifecycleOptions,
): Promise<void> {
  const drains = started.map((component) =>
    settle(component, 'drain', async () => component.drain?.(), options),
  )
  const failures = (await Promise.all(drains)).filter((error) => error !== undefined)
  failures.push(...(await stopAll(started, options)))
  if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped cleanly')
}

async function stopAll(started: readonly Component[], options: LifecycleOptions): Promise<Error[]> {
  const failures: Error[] = []
  for (const component of started.toReversed()) {
    const failure = await settle(component, 'stop', () => component.stop(), options)
    if (failure !== undefined) failures.push(failure)
  }
  return failures
}

/** Runs one step within the bound and returns its failure instead of throwing it. */
async function settle(
  component: Component,
  step: 'drain' | 'stop',
  work: () => Promise<void>,
  { log, stopTimeoutMs }: LifecycleOptions,
): Promise<Error | undefined> {
  const { promise: bound, reject } = Promise.withResolvers<never>()
  const late = new Error(`${component.name} did not ${step} within ${stopTimeoutMs} ms`)
  const timer = setTimeout(reject, stopTimeoutMs, late)
  try {
    await Promise.race([work(), bound])
    log.debug({ component: component.name }, step === 'stop' ? 'stopped' : 'drained')
    return undefined
  } catch (err) {
    log.error({ err, component: component.name }, `could not ${step}`)
    return err instanceof Error ? err : new Error(`${component.name}: ${step}`, { cause: err })
  } finally {
    clearTimeout(timer)
  }
}
