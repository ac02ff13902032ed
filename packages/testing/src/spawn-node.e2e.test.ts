import { temporaryFolder } from './temporary-folder.ts'
import { describe, expect, test } from 'vitest'
import { spawnNode } from './spawn-node.ts'

const program = `
const greeting: string = process.env['GREETING'] ?? 'none'
console.log('version ' + process.version)
console.error('greeting ' + greeting)
setInterval(() => undefined, 1000)
`

describe('spawnNode', () => {
  test('runs TypeScript on the pinned Node, waits for a line, kills', async () => {
    await using folder = await temporaryFolder({ 'main.ts': program })
    await using child = spawnNode(['main.ts'], { cwd: folder.path, env: { GREETING: 'hello' } })
    await expect(child.waitForLine(/^greeting (.*)$/)).resolves.toMatchObject({ 1: 'hello' })
    const [, major] = await child.waitForLine(/^version v(\d+)/)
    expect(Number(major)).toBeGreaterThanOrEqual(26)
    await expect(child.kill('SIGKILL')).resolves.toEqual({ code: null, signal: 'SIGKILL' })
  })

  test('lets a process end itself, and kills the one that does not', async () => {
    const running = "console.log('up'); setInterval(() => {}, 1000)"
    await using folder = await temporaryFolder({
      'tidy.ts': `process.once('SIGTERM', () => process.exit(7)); ${running}`,
      'deaf.ts': `process.on('SIGTERM', () => console.log('no')); ${running}`,
    })
    const start = async (file: string, graceMs = 60_000) => {
      await using child = spawnNode([file], { cwd: folder.path, graceMs })
      await child.waitForLine(/^up/)
      return child
    }
    await expect((await start('tidy.ts')).exited).resolves.toEqual({ code: 7, signal: null })
    const deaf = await start('deaf.ts', 300)
    await expect(deaf.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' })
    expect(deaf.output()).toContain('no')
  })

  test('shows the output of a process that ended too early', async () => {
    await using folder = await temporaryFolder({ 'main.ts': 'console.log(1); process.exit(3)' })
    const child = spawnNode(['main.ts'], { cwd: folder.path })
    const wait = child.waitForLine(/never/)
    await expect(wait).rejects.toThrow('no line /never/: it ended (3); output:\n1\n')
  })
})
