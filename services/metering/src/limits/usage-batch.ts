import { encodeInt8Array, encodeTextArray } from '@purser/postgres'
import type { FeatureUnits, UsageRequest } from './usage-request.ts'

/** A question about each account and feature, accounts outermost. */
export function batchOfQuestions(
  accountIds: readonly string[],
  features: readonly FeatureUnits[],
): UsageBatch {
  const batch = new UsageBatch()
  const none = { id: undefined, propertiesJson: undefined, holdSeconds: undefined }
  for (const accountId of accountIds) {
    for (const feature of features) batch.add({ accountId, features: [feature], ...none })
  }
  return batch
}

/** Requests of one statement: pairs of account and feature, and the items that name them by number. */
export class UsageBatch {
  readonly requests: UsageRequest[] = []
  /** By request, the numbers of its pairs in the order of its features. */
  readonly pairs: number[][] = []
  readonly #ids = new Set<string>()
  readonly #pairNumbers = new Map<string, number>()
  readonly #accounts: string[] = []
  readonly #features: string[] = []
  readonly #itemRequests: number[] = []
  readonly #itemPairs: number[] = []
  readonly #itemUnits: bigint[] = []
  #hasIds = false
  #hasProperties = false
  #hasHolds = false

  /** By pair, its account. */
  get accounts(): readonly string[] {
    return this.#accounts
  }

  /** By pair, its feature. */
  get features(): readonly string[] {
    return this.#features
  }

  get size(): number {
    return this.requests.length
  }

  /** Whether a request may join: one id is decided once in a statement. */
  accepts({ id }: UsageRequest): boolean {
    return id === undefined || !this.#ids.has(id)
  }

  add(request: UsageRequest): void {
    this.requests.push(request)
    if (request.id !== undefined) {
      this.#ids.add(request.id)
      this.#hasIds = true
    }
    if (request.propertiesJson !== undefined) this.#hasProperties = true
    if (request.holdSeconds !== undefined) this.#hasHolds = true
    const pairs: number[] = []
    for (const { featureKey, units } of request.features) {
      const pair = this.#pairOf(request.accountId, featureKey)
      pairs.push(pair)
      this.#itemRequests.push(this.requests.length)
      this.#itemPairs.push(pair)
      this.#itemUnits.push(units)
    }
    this.pairs.push(pairs)
  }

  /** Number of a pair of account and feature, from 1; a new one when it is not known. */
  #pairOf(accountId: string, featureKey: FeatureUnits['featureKey']): number {
    // Keys of features are slugs: no space stands in them.
    const key = `${featureKey} ${accountId}`
    let number = this.#pairNumbers.get(key)
    if (number === undefined) {
      this.#accounts.push(accountId)
      this.#features.push(featureKey)
      number = this.#accounts.length
      this.#pairNumbers.set(key, number)
    }
    return number
  }

  /** Parameters of `consume_batch` after the tenant. */
  parameters(): unknown[] {
    const { requests } = this
    return [
      encodeTextArray(this.#accounts),
      encodeTextArray(this.#features),
      this.#hasIds ? encodeTextArray(requests.map(({ id }) => id ?? null)) : null,
      this.#hasProperties
        ? encodeTextArray(requests.map(({ propertiesJson }) => propertiesJson ?? null))
        : null,
      this.#hasHolds ? requests.map(({ holdSeconds }) => holdSeconds ?? null) : null,
      // Text of an array: the driver would write it element by element.
      `{${this.#itemRequests.join()}}`,
      `{${this.#itemPairs.join()}}`,
      encodeInt8Array(this.#itemUnits),
    ]
  }
}
