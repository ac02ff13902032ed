import { Worker } from 'node:worker_threads'
import { PurserError } from '@purser/kernel'
import type { Component } from '@purser/runtime'
import type { PdfOrder, PdfReply } from './pdf-worker.ts'

export type PdfRendererOptions = {
  /** Files that wait at most; default 64. */
  maxWaiting?: number
  /** A file that takes longer is given up and the thread replaced; default 60,000. */
  timeoutMs?: number
  /** The module that the thread runs. */
  workerUrl?: URL
}

type Job = {
  order: PdfOrder
  resolve(pdf: Uint8Array): void
  reject(error: unknown): void
}

/**
 * Draws invoices in one thread of its own, whose fonts stay parsed, one after the other in the
 * order of the calls. A thread that dies fails the file in hand alone; the next file gets a new
 * thread.
 */
export class PdfRenderer implements Component {
  readonly name = 'pdf renderer'
  readonly #maxWaiting: number
  readonly #timeoutMs: number
  readonly #workerUrl: URL
  readonly #waiting: Job[] = []
  #current: Job | undefined
  /** Ends the job in hand when it takes too long. */
  #timer: NodeJS.Timeout | undefined
  #worker: Worker | undefined
  #drained: PromiseWithResolvers<void> | undefined
  #state: 'open' | 'draining' | 'stopped' = 'open'

  constructor(options: PdfRendererOptions = {}) {
    this.#maxWaiting = options.maxWaiting ?? 64
    this.#timeoutMs = options.timeoutMs ?? 60_000
    this.#workerUrl = options.workerUrl ?? new URL('./pdf-worker.ts', import.meta.url)
  }

  async start(): Promise<void> {
    this.#worker ??= this.#spawn()
  }

  /**
   * The file of a document. Throws `platform.overloaded` when too many wait, `platform.unavailable`
   * when the service stops; rejects with an Error when the document cannot be drawn.
   */
  render(order: PdfOrder): Promise<Uint8Array> {
    if (this.#state !== 'open') return Promise.reject(stopping())
    if (this.#waiting.length >= this.#maxWaiting) {
      return Promise.reject(
        new PurserError('platform.overloaded', 'Too many PDF files are asked for at once.'),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order, resolve, reject })
      this.#next()
    })
  }

  async drain(): Promise<void> {
    this.#state = 'draining'
    if (this.#current === undefined) return
    this.#drained ??= Promise.withResolvers()
    await this.#drained.promise
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    for (const job of this.#waiting.splice(0)) job.reject(stopping())
    this.#settle((job) => job.reject(stopping()))
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #next(): void {
    if (this.#current !== undefined) return
    const job = this.#waiting.shift()
    if (job === undefined) {
      this.#drained?.resolve()
      return
    }
    this.#worker ??= this.#spawn()
    const worker = this.#worker
    this.#current = job
    this.#timer = setTimeout(() => {
      this.#lose(worker, new Error(`no PDF within ${this.#timeoutMs} ms`))
      void worker.terminate()
    }, this.#timeoutMs)
    worker.ref()
    worker.postMessage(job.order)
  }

  #spawn(): Worker {
    // Without the flags of this process, which may not be fit for a thread.
    const worker = new Worker(this.#workerUrl, { name: this.name, execArgv: [] })
    worker.on('message', (reply: PdfReply) => {
      if (this.#worker !== worker) return
      // An idle thread keeps no process alive.
      worker.unref()
      this.#settle((job) => {
        if ('pdf' in reply) job.resolve(reply.pdf)
        else job.reject(new Error(`the PDF could not be drawn: ${reply.failure}`))
      })
      this.#next()
    })
    worker.on('error', (cause) => this.#lose(worker, new Error('the PDF thread broke', { cause })))
    worker.on('exit', (code) => this.#lose(worker, new Error(`the PDF thread ended with ${code}`)))
    worker.unref()
    return worker
  }

  /** The thread is gone: the job in hand fails, the next one starts another. */
  #lose(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#settle((job) => job.reject(error))
    this.#next()
  }

  #settle(end: (job: Job) => void): void {
    const job = this.#current
    this.#current = undefined
    clearTimeout(this.#timer)
    if (job !== undefined) end(job)
  }
}

function stopping(): PurserError {
  return new PurserError('platform.unavailable', 'The service is stopping.')
}
