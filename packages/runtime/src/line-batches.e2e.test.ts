import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const logger = JSON.stringify(new URL('logger.ts', import.meta.url).href)

test.each(['process.exit(3)', `throw new Error('a bug')`, ''])(
  'lines that were gathered are written when the process exits: %s',
  (ending) => {
    const program = `import { createLogger } from ${logger}
      const log = createLogger({ level: 'info', name: 'test', fd: 1 })
      for (let line = 0; line < 100; line += 1) log.info({ line }, 'gathered')
      ${ending}`
    const args = ['--input-type=module', '--eval', program]
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(stdout.match(/"gathered"/g)).toHaveLength(100)
  },
)
