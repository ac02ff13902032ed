import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { waitFor } from './wait-for.ts'

export type SpawnNodeOptions = {
  cwd?: string
  /** Added to the environment; undefined removes a variable. */
  env?: Record<string, string | undefined>
  /** How long `await using` waits after SIGTERM until it sends SIGKILL, milliseconds; 30,000. */
  graceMs?: number
}

export type NodeExit = { code: number | null; signal: NodeJS.Signals | null }

export type NodeProcess = {
  pid: number
  /** What it wrote so far, standard output and error in the order they came. */
  output(): string
  /**
   * Waits until a whole line matches and returns the match; throws when the process ends before.
   */
  waitForLine(pattern: RegExp, options?: { timeoutMs?: number }): Promise<RegExpExecArray>
  /** Sends a signal, SIGTERM unless told, and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<NodeExit>
  exited: Promise<NodeExit>
  /** SIGTERM first: who is only killed leaves its Postgres running, in a folder being removed. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Runs a TypeScript file with the Node of this project: `spawnNode(['apps/x/main.ts', '--flag'])`.
 * It dies with the test process at the latest.
 */
export function spawnNode(args: readonly string[], options: SpawnNodeOptions = {}): NodeProcess {
  const child = spawn(pinnedNode(), [...args], {
    cwd: options.cwd,
    env: childEnvironment(options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const killAtEnd = () => child.kill('SIGKILL')
  process.once('exit', killAtEnd)
  let exit: NodeExit | undefined
  const exited = new Promise<NodeExit>((resolve, reject) => {
    child.once('error', reject)
    // Not 'exit': the output may still arrive after it.
    child.once('close', (code, signal) => {
      process.removeListener('exit', killAtEnd)
      exit = { code, signal }
      resolve(exit)
    })
  })
  const kill = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return await exited
  }
  return {
    pid: child.pid ?? 0,
    output: () => output,
    waitForLine: async (pattern, waiting = { timeoutMs: 60_000 }) => {
      const found = await waitFor(() => findLine(output, pattern) ?? exit, waiting).catch(
        () => exit,
      )
      if (found && 'index' in found) return found
      const state = found ? `it ended (${found.code ?? found.signal})` : 'it did not come in time'
      throw new Error(`no line ${pattern}: ${state}; output:\n${output}`)
    },
    kill,
    exited,
    [Symbol.asyncDispose]: async () => {
      const timer = setTimeout(() => child.kill('SIGKILL'), options.graceMs ?? 30_000)
      await kill('SIGTERM')
      clearTimeout(timer)
    },
  }
}

function findLine(output: string, pattern: RegExp): RegExpExecArray | undefined {
  const wholeLines = output.slice(0, output.lastIndexOf('\n') + 1).split('\n')
  for (const line of wholeLines) {
    const match = new RegExp(pattern.source, pattern.flags.replace('g', '')).exec(line)
    if (match) return match
  }
  return undefined
}

/** The one of the project's packages, which tests may not be running on. */
function pinnedNode(): string {
  const system = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${system}-${process.arch}`
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return join(dirname(manifest), 'bin', system === 'win' ? 'node.exe' : 'node')
  } catch {
    return process.execPath
  }
}

/** Where the platform's own entry keeps compiled modules: stripping and compiling them is half of a start. */
const compileCache = join(import.meta.dirname, '../../../node_modules/.cache/purser')

/** Without what the test runner set for itself. */
function childEnvironment(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_|TEST$)/.test(name))
  return { ...Object.fromEntries(own), NODE_COMPILE_CACHE: compileCache, ...changes }
}
