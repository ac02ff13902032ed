import type { Credential } from './credentials.ts'
import { expectedAnswer, isAsExpected } from './expected-answer.ts'
import { anonymized, leaksIn } from './leaks.ts'
import type { Operation } from './operation.ts'
import { requestOf } from './request-of.ts'
import type { HttpAnswer, Sender } from './send.ts'
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

/**
 * Sends every operation with every credential to every target, and compares. A caller who belongs to neither
 * tenant is judged as a stranger to both.
 */
export async function runHttpMatrix(options: {
  sender: Sender
  operations: readonly Operation[]
  credentials: readonly Credential[]
  home: TenantFixture
  other: TenantFixture
}): Promise<MatrixReport> {
  const { sender, operations, credentials, home, other } = options
  const report: MatrixReport = { cellCount: 0, answered: new Set(), findings: [] }
  const targets = targetsOf(home, other)
  const groups = operations.flatMap((operation) =>
    credentials.map((credential) => ({ operation, credential })),
  )
  const worker = async () => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      const { operation, credential } = group
      const answers = new Map<Target['name'], HttpAnswer>()
      for (const target of targets) {
        const { answer, findings } = await compareCell(sender, operation, credential, target, other)
        answers.set(target.name, answer)
        report.cellCount += 1
        report.findings.push(...findings)
      }
      if (isServed(answers.get('own'))) report.answered.add(operation.name)
      report.findings.push(
        ...differences(answers).map((what) => `${operation.name} by ${credential.name}: ${what}`),
      )
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
  return report
}

async function compareCell(
  sender: Sender,
  operation: Operation,
  credential: Credential,
  target: Target,
  other: TenantFixture,
) {
  const request = requestOf(operation, target.names)
  // What a secret proves is no matter of the caller's: such a request is refused for want of it.
  const sent = operation.readsSecret ? { ...request, body: '{}' } : request
  const { status, text } = await sender.send(sent, credential.authorization)
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

/** A stranger's thing looks like none, a stranger's tenant like none, a refused thing like any other. */
function differences(answers: ReadonlyMap<Target['name'], HttpAnswer>): string[] {
  const pairs: [Target['name'], Target['name']][] = [
    ['foreign thing', 'guess'],
    ['foreign tenant', 'no tenant'],
  ]
  const found = pairs.flatMap(([one, another]) => {
    const [a, b] = [answers.get(one), answers.get(another)]
    const isSame = a?.status === b?.status && (isServed(a) || a?.text === b?.text)
    return isSame ? [] : [`${one} ${a?.status} ${a?.text}, ${another} ${b?.status} ${b?.text}`]
  })
  const refusals = [...answers.values()].filter(({ status }) => status === 401 || status === 403)
  if (new Set(refusals.map(({ text }) => text)).size > 1) found.push('refusals differ by target')
  return found
}

function isServed(answer: HttpAnswer | undefined): boolean {
  return answer !== undefined && answer.status < 300
}
