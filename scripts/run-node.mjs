import { spawn } from 'node:child_process'

/**
 * Runs `node` with `args` in `cwd` without input and without colours; answers `{ ok, output, seconds }`,
 * output being stdout and stderr as they came.
 */
export function runNode(args, { cwd }) {
  const started = performance.now()
  const { FORCE_COLOR: _, ...inherited } = process.env
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, NO_COLOR: '1' },
  })
  const pieces = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => pieces.push(text))
  }
  return new Promise((resolve) => {
    const end = (ok) => {
      const seconds = (performance.now() - started) / 1000
      resolve({ ok, output: pieces.join('').trimEnd(), seconds })
    }
    child.on('error', (error) => {
      pieces.push(String(error))
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}
