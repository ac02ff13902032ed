import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { freePorts } from './free-ports.ts'
import { waitFor } from './wait-for.ts'

/** A Redis server of one test, with nothing in it, on a port of its own. */
export type TestRedis = {
  url: string
  /** Starts it again, empty, on the same port, after `kill`. */
  start(): Promise<void>
  /** Ends it at once. */
  kill(): Promise<void>
  /** It keeps its connections and answers nothing. */
  pause(): void
  resume(): void
  [Symbol.asyncDispose](): Promise<void>
}

const PROGRAM = 'redis-server'

const advice =
  'redis-server is not installed, and this test needs it: apt-get install redis-server (Debian), ' +
  'brew install redis (macOS)'

/** Starts `redis-server`, found in PATH. Throws, saying what to install, when there is none. */
export async function startTestRedis(): Promise<TestRedis> {
  const [port = 0] = await freePorts(1)
  let child = await startServer(port)
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      child = await startServer(port)
    },
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  }
}

async function startServer(port: number): Promise<ChildProcess> {
  const settings = { port, bind: '127.0.0.1', dir: tmpdir(), save: '', appendonly: 'no' }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(PROGRAM, args, { stdio: 'ignore' })
  const killAtEnd = () => child.kill('SIGKILL')
  process.once('exit', killAtEnd)
  child.once('exit', () => process.removeListener('exit', killAtEnd))
  let failure: Error | undefined
  child.once('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ENOENT' ? new Error(advice, { cause: error }) : error
  })
  await waitFor(async () => {
    if (failure !== undefined || child.exitCode !== null) return true
    return await accepts(port)
  })
  if (failure !== undefined) throw failure
  if (child.exitCode !== null) throw new Error(`redis-server ended with code ${child.exitCode}`)
  return child
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } finally {
    socket.destroy()
  }
}
