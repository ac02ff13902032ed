import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { spawnNode } from '@purser/testing'
import type { LeaseTask, ProofCount, ProofNode, ProofTask } from './proof-task.ts'

const WORKER = fileURLToPath(new URL('./proof-worker.ts', import.meta.url))
const BOOT_TIMEOUT_MS = 120_000
/** By which clocks of nodes are off, in turn. */
const CLOCKS_OFF_MS = [5_000, -5_000, 0]

/** A process that runs the engine. */
export type ProofWorker = Awaited<ReturnType<typeof startNode>>

/** Starts a node of the proof. */
export async function startNode(node: ProofNode) {
  const child = spawnNode([WORKER, JSON.stringify(node)])
  const ready = await child.waitForLine(/^listening (\d+)$/, { timeoutMs: BOOT_TIMEOUT_MS })
  const port = Number(ready[1])
  return {
    run: (task: ProofTask) => send<ProofCount>(port, '/run', task),
    /** Lets it borrow units and report some. */
    borrow: (task: LeaseTask) => send<{ units: number }>(port, '/lease', task),
    /** Kills it as a power cut would. */
    kill: () => child.kill('SIGKILL'),
  }
}

/** Starts so many nodes, whose clocks disagree by up to ten seconds. */
export async function startNodes(
  count: number,
  node: Omit<ProofNode, 'clockOffMs'>,
): Promise<ProofWorker[]> {
  return await Promise.all(
    Array.from({ length: count }, (_, index) =>
      startNode({ ...node, clockOffMs: CLOCKS_OFF_MS[index % CLOCKS_OFF_MS.length] ?? 0 }),
    ),
  )
}

/** Not `fetch`, which gives up on an answer that takes minutes. */
async function send<T>(port: number, path: string, task: object): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const call = request({ host: '127.0.0.1', port, path, method: 'POST' }, (answer) => {
    if (answer.statusCode === 200) json(answer).then((body) => resolve(body as T), reject)
    else reject(new Error(`a node answered ${answer.statusCode}`))
  })
  call.on('error', reject)
  call.end(JSON.stringify(task))
  return await promise
}
