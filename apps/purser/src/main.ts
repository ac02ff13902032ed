import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * The entry of the command line. Compiled modules are kept beside the packages: reading a thousand files of TypeScript
 * anew takes half of a start. So everything else is imported after that is said.
 */
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/purser', import.meta.url)))
const { runCommand } = await import('./cli/run-command.ts')
await runCommand(process.argv)
