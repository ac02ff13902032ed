import { setTimeout as delay } from 'node:timers/promises'
import type { Credential } from './credentials.ts'
import { expectedAnswer, isAsExpected } from './expected-answer.ts'
import { anonymized, leaksIn } from './leaks.ts'
import type { Operation } from './operation.ts'
import { requestOf } from './request-of.ts'
import type { HttpAnswer, MatrixSender, Sending } from './send.ts'
import { type Target, targetsOf } from './targets.ts'
import type { TenantFixture } from './tenant-fixture.ts'

/** How many cells were compared, and every one that is not as the contract promises. */
export type MatrixReport = {
  cellCount: number
  /** Names of operations that answered somebody about their own things. */
  answered: Set<string>
  findings: string[]
}

const WORKERS = 16

const MAX_RETRIES = 5
const RETRY_PAUSE_MS = 500

/**
 * Sends every operation with every credential to every target, and compares. A caller who belongs to neither
 * tenant is judged as a stranger to both.
 */
export async function runHttpMatrix(options: {
  sender: MatrixSender
  operations: readonly Operation[]
  credentials: readonly Credential[]
  home: TenantFixture
  other: TenantFixture
  /** All of them unless given. */
  targetNames?: readonly Target['name'][]
}): Promise<MatrixReport> {
  const { sender, operations, credentials, home, other } = options
  const report: MatrixReport = { cellCount: 0, answered: new Set(), findings: [] }
  const { targetNames } = options
  const targets = targetsOf(home, other).filter(({ name }) => targetNames?.includes(name) ?? true)
  // People first: an access token lives 5 minutes.
  const waves = [true, false].map((arePeople) =>
    credentials.filter(({ kind }) => (kind === 'person') === arePeople),
  )
  const groups = waves.flatMap((wave) =>
    operations.flatMap((operation) => wave.map((credential) => ({ operation, credential }))),
  )
  const worker = async () => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      const { operation, credential } = group
      const answers = new Map<Target['name'], HttpAnswer>()
      for (const target of targets) {
        const cell = await compareCell(sender, operation, credential, target, other)
        if (cell === undefined) continue
        const { answer, findings } = cell
        answers.set(target.name, answer)
        report.cellCount += 1
        report.findings.push(...findings)
      }
      if (isServed(answers.get('own'))) report.answered.add(operation.name)
      const comparable = pairs.filter((pair) => areDifferent(operation, targets, pair))
      report.findings.push(
        ...differences(answers, comparable).map(
          (what) => `${operation.name} by ${credential.name}: ${what}`,
        ),
      )
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
  return report
}

async function compareCell(
  sender: MatrixSender,
  operation: Operation,
  credential: Credential,
  target: Target,
  other: TenantFixture,
) {
  const request = requestOf(operation, target.names)
  // What a secret proves is no matter of the caller's: such a request is refused for want of it.
  const sent = operation.readsSecret ? { ...request, body: '{}' } : request
  const { authorization } = credential
  const sending = { operation, request: sent, names: target.names, authorization }
  const received = await sendUntilServed(sender, sending)
  if (received === undefined) return undefined
  const { status, text } = received
  const cell = `${operation.name} by ${credential.name} of ${target.name}`
  const findings: string[] = []
  const expected = expectedAnswer(operation, credential, target)
  if (!isAsExpected(expected, status)) {
    findings.push(`${cell}: expected ${expected}, not ${status} ${text.slice(0, 300)}`)
  }
  for (const leak of leaksIn(text, `${request.captures} ${request.query} ${request.body}`, other)) {
    findings.push(`${cell}: the answer tells ${leak}`)
  }
  return { answer: { status, text: anonymized(text, target.names) }, findings }
}

/** A busy machine says 503: the matrix judges who may ask, not how many at once. */
async function sendUntilServed(
  sender: MatrixSender,
  sending: Sending,
): Promise<HttpAnswer | undefined> {
  let answer = await sender.send(sending)
  for (let attempt = 1; answer?.status === 503 && attempt <= MAX_RETRIES; attempt += 1) {
    await delay(attempt * RETRY_PAUSE_MS)
    answer = await sender.send(sending)
  }
  return answer
}

type Pair = readonly [Target['name'], Target['name']]

/** Targets that look alike to a caller: a stranger's thing looks like none, a stranger's tenant like none. */
const pairs: readonly Pair[] = [
  ['foreign thing', 'guess'],
  ['foreign tenant', 'no tenant'],
]

/**
 * Whether an operation speaks of both in other words; of the same request, only time makes answers differ. A shop
 * window is open to strangers.
 */
function areDifferent(operation: Operation, targets: readonly Target[], pair: Pair): boolean {
  if (operation.isShopWindow && pair[0] === 'foreign tenant') return false
  const [one, another] = pair.map((wanted) => {
    const target = targets.find(({ name }) => name === wanted)
    return target && JSON.stringify(requestOf(operation, target.names))
  })
  return one !== another
}

/** Pairs that are told apart, and refusals that tell of their target. */
function differences(
  answers: ReadonlyMap<Target['name'], HttpAnswer>,
  comparable: readonly Pair[],
): string[] {
  const found = comparable.flatMap(([one, another]) => {
    const [a, b] = [answers.get(one), answers.get(another)]
    if (a === undefined || b === undefined) return []
    const isSame = a.status === b.status && (isServed(a) || a.text === b.text)
    return isSame ? [] : [`${one} ${a.status} ${a.text}, ${another} ${b.status} ${b.text}`]
  })
  const refusals = [...answers.values()].filter(({ status }) => status === 401 || status === 403)
  if (new Set(refusals.map(({ text }) => text)).size > 1) found.push('refusals differ by target')
  return found
}

function isServed(answer: HttpAnswer | undefined): boolean {
  return answer !== undefined && answer.status < 300
}
