import fc from 'fast-check'
import { checkAnswer, type Finding } from './check-answer.ts'
import { createFixtures } from './fuzz-fixtures.ts'
import { FuzzIdentity, type FuzzTarget } from './fuzz-identity.ts'
import { FuzzReport } from './fuzz-report.ts'
import { type FuzzRequest, toCurl } from './fuzz-request.ts'
import { type OpenApi, type Operation, operationsOf } from './json-schema.ts'
import { requestArbitrary } from './request-arbitrary.ts'
import type { KnownValues } from './schema-arbitrary.ts'
import { sendRequest } from './send-request.ts'

export type FuzzOptions = FuzzTarget & {
  /** Requests in all, spread over the operations; those of shrinking come on top. */
  requests: number
  seed: number
  /** Matches the ids of the operations to send to; all when left out. */
  only?: RegExp
  print: (line: string) => void
}

/** Operations at once; each has one request under way. */
const CONCURRENCY = 8

/** Requests that may be spent on making one failing request smaller. */
const MAX_SHRINKS = 150

/** An operation that fails in so many ways is left at that. */
const MAX_FINDINGS = 12

/**
 * Sends requests to every operation of the platform's own document and checks each answer. Counts an operation
 * as passed when none of its requests found anything; prints each finding once, with its smallest request.
 */
export async function runFuzzSuite(
  options: FuzzOptions,
): Promise<{ passed: number; failed: number }> {
  const { url, requests, seed, only = /^/, print } = options
  const document = (await (await fetch(new URL('/openapi.json', url))).json()) as OpenApi
  const operations = operationsOf(document).filter(({ operationId }) => only.test(operationId))
  const identity = new FuzzIdentity(options)
  await identity.renew()
  const known = { ...(await createFixtures(options)), ...(await identity.ownValues()) }
  const report = new FuzzReport()
  print(`seed ${seed}, ${operations.length} operations`)
  const queue = operations.entries()
  const result = { passed: 0, failed: 0 }
  const perOperation = Math.ceil(requests / operations.length)
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const [index, operation] of queue) {
        const fuzz = new OperationFuzz(operation, { document, known, identity, report, url, print })
        const findings = await fuzz.run(perOperation, seed + index)
        if (findings === 0) result.passed += 1
        else result.failed += 1
      }
    }),
  )
  report.lines().forEach(print)
  return result
}

type OperationContext = {
  document: OpenApi
  known: KnownValues
  identity: FuzzIdentity
  report: FuzzReport
  url: string
  print: (line: string) => void
}

/** The requests to one operation, one after the other. */
class OperationFuzz {
  readonly #operation: Operation
  readonly #context: OperationContext
  readonly #told = new Set<string>()

  constructor(operation: Operation, context: OperationContext) {
    this.#operation = operation
    this.#context = context
  }

  /** Sends so many requests; answers how many findings there are. */
  async run(requests: number, seed: number): Promise<number> {
    const arbitrary = requestArbitrary(this.#operation, this.#context)
    let left = requests
    for (let round = 0; left > 0 && this.#told.size < MAX_FINDINGS; round += 1) {
      const shrink = { kind: undefined as string | undefined, left: MAX_SHRINKS }
      const details = await fc.check(
        fc.asyncProperty(arbitrary, (request) => this.#try(request, shrink)),
        { seed: seed + round * 1_000_003, numRuns: left, endOnFailure: false },
      )
      left -= Math.max(1, details.numRuns)
      if (!details.failed) break
      const [request] = details.counterexample ?? []
      const finding = details.errorInstance
      if (request && finding instanceof FoundError) this.#tell(finding.finding, request)
      else throw details.errorInstance
    }
    return this.#told.size
  }

  /** Throws the first finding that is not told yet; while shrinking, only the one that is made smaller. */
  async #try(request: FuzzRequest, shrink: { kind: string | undefined; left: number }) {
    if (shrink.kind !== undefined && (shrink.left -= 1) < 0) return
    const { identity, report, url, document } = this.#context
    const answer = await sendRequest(url, request, identity.bearer(request.credentials))
    report.add(this.#operation.operationId, answer)
    const isOurs = request.credentials === 'key' || request.credentials === 'session'
    if (answer.status === 401 && isOurs) await identity.renew()
    const findings = checkAnswer(this.#operation, request, answer, document)
    const finding = findings.find(({ kind }) =>
      shrink.kind === undefined ? !this.#told.has(kind) : kind === shrink.kind,
    )
    if (!finding) return
    shrink.kind = finding.kind
    throw new FoundError(finding)
  }

  #tell({ kind, detail }: Finding, request: FuzzRequest): void {
    this.#told.add(kind)
    const { print, url } = this.#context
    print(`FAILED ${this.#operation.operationId}: ${kind}\n  ${detail}\n  ${toCurl(request, url)}`)
  }
}

class FoundError extends Error {
  readonly finding: Finding

  constructor(finding: Finding) {
    super(finding.kind)
    this.finding = finding
  }
}
