import { isPurserError, type PurserError } from '@purser/kernel'
import { ApiProblem } from './api-client.ts'
import { createProgram } from './program.ts'

/** Runs a command line: the only place that decides the exit code. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv)
  } catch (error) {
    process.exitCode = 1
    if (isPurserError(error)) console.error(`purser: ${error.message}${violations(error)}`)
    else if (error instanceof ApiProblem) console.error(`purser: ${error.message}`)
    else console.error(error)
  }
}

function violations({ fields }: PurserError): string {
  return fields.map(({ field, message }) => `\n  ${field}: ${message}`).join('')
}
