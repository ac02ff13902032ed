import { isPurserError, type PurserError } from '@purser/kernel'
import { ApiProblem } from './cli/api-client.ts'
import { createProgram } from './cli/program.ts'

/** The entry of the command line: the only file that decides the exit code. */
try {
  await createProgram().parseAsync(process.argv)
} catch (error) {
  process.exitCode = 1
  if (isPurserError(error)) console.error(`purser: ${error.message}${violations(error)}`)
  else if (error instanceof ApiProblem) console.error(`purser: ${error.message}`)
  else console.error(error)
}

function violations({ fields }: PurserError): string {
  return fields.map(({ field, message }) => `\n  ${field}: ${message}`).join('')
}
