import { readCaseFile } from './case-file.ts'
import { evaluate } from './evaluate.ts'
import { countOutcomes, formatReport } from './report.ts'

// npm run conformance -- FILE
// Exit code: 0 when nothing fails, 1 when a case fails, 2 when there is no readable file.

const path = process.argv[2]
if (path === undefined) {
  console.error('usage: npm run conformance -- FILE')
  process.exitCode = 2
} else {
  try {
    const verdicts = evaluate(readCaseFile(path))
    console.log(formatReport(verdicts))
    process.exitCode = countOutcomes(verdicts).fail > 0 ? 1 : 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  }
}
