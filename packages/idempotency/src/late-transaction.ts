import { assert } from '@purser/kernel'
import {
  type Database,
  isCollision,
  statement,
  type TransactionOptions,
  type Tx,
} from '@purser/postgres'

const savepoint = statement('idempotency.savepoint', 'savepoint part')
const release = statement('idempotency.release', 'release savepoint part')
const rollBackToSavepoint = statement('idempotency.roll_back', 'rollback to savepoint part')

/**
 * A transaction that begins with its first part and ends when its owner says so. Until then it holds
 * no connection. Its parts run one after the other; each can fail by itself, all are stored together
 * or not at all.
 *
 * unopened --part | open--> open --commit--> ended
 * unopened | open --rollBack--> ended
 */
export class LateTransaction {
  readonly #database: Database
  readonly #tenantId: string
  readonly #begin: (tx: Tx) => Promise<void>
  readonly #verdict = Promise.withResolvers<void>()
  readonly #broken = new AbortController()
  #opening: Promise<Tx> | undefined
  #whole: Promise<void> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #ended = false

  /** `begin` runs first of all in the transaction; when it throws, whoever opened it is told. */
  constructor(database: Database, tenantId: string, begin: (tx: Tx) => Promise<void>) {
    this.#database = database
    this.#tenantId = tenantId
    this.#begin = begin
    // Nobody may be waiting for the verdict when the transaction breaks by itself.
    this.#verdict.promise.catch(() => undefined)
  }

  get tenantId(): string {
    return this.#tenantId
  }

  get isOpen(): boolean {
    return this.#opening !== undefined && !this.#ended
  }

  get isEnded(): boolean {
    return this.#ended
  }

  /** The transaction itself, begun now if it was not. */
  open(options: TransactionOptions = {}): Promise<Tx> {
    const { isolation } = options
    assert(!this.#ended, 'the transaction has ended')
    assert(!isolation || !this.#opening, 'the first part alone chooses the isolation')
    this.#opening ??= new Promise((resolve, reject) => {
      const work = async (tx: Tx): Promise<void> => {
        await this.#begin(tx)
        resolve(tx)
        await this.#verdict.promise
      }
      const { signal } = this.#broken
      const mode = { ...(isolation ? { isolation } : {}), signal, hasParts: true }
      this.#whole = this.#database.tx(this.#tenantId, work, mode)
      this.#whole.catch(reject)
    })
    return this.#opening
  }

  /**
   * Runs `work` as a part. A deadlock is retried as the options ask; their signal breaks off the
   * whole transaction.
   */
  part<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const part = this.#last.then(async () => await this.#run(work, options))
    this.#last = part.catch(() => undefined)
    return part
  }

  /** Stores everything. Throws what `Database.tx` throws. */
  async commit(): Promise<void> {
    this.#ended = true
    this.#verdict.resolve()
    await this.#whole
  }

  /** Stores nothing, and answers the error that `Database.tx` throws for this reason. */
  async rollBack(reason: unknown): Promise<unknown> {
    this.#ended = true
    this.#verdict.reject(reason)
    try {
      await this.#whole
    } catch (error) {
      return error
    }
    return reason
  }

  async #run<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
    const { signal, retry } = options
    signal?.throwIfAborted()
    const onAbort = () => this.#broken.abort(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const tx = await this.open(options)
      for (let attempt = 1; ; attempt++) {
        try {
          return await runPart(tx, work)
        } catch (error) {
          if (attempt >= (retry?.attempts ?? 1) || !isCollision(error)) throw error
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }
}

async function runPart<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  await tx.execute(savepoint)
  try {
    const result = await work(tx)
    await tx.execute(release)
    return result
  } catch (error) {
    // On a broken connection this fails as well, and so does the commit.
    await tx.execute(rollBackToSavepoint).catch(() => undefined)
    throw error
  }
}
