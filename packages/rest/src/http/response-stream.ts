/** What a stream is made of: a message as JSON text, the problem that ends it, or a sign of life. */
export type StreamItem = { kind: 'message' | 'problem'; json: string } | { kind: 'keep_alive' }

export type StreamFormat = {
  readonly contentType: string
  /** Whether silence is broken by signs of life. */
  readonly keepsAlive: boolean
  /** The text of an item; `id` counts messages from 1. */
  write(item: StreamItem, id: number): string
}

/** One JSON value a line. A problem is the last line, known by its `type` under `/problems/`. */
const ndjson: StreamFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  keepsAlive: false,
  write: (item) => (item.kind === 'keep_alive' ? '' : `${item.json}\n`),
}

/** Server-sent events: `message` with an id, `problem` at the end, comments while nothing happens. */
const serverSentEvents: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  keepsAlive: true,
  write(item, id) {
    if (item.kind === 'keep_alive') return ': keep-alive\n\n'
    const idLine = item.kind === 'message' ? `id: ${id}\n` : ''
    return `${idLine}event: ${item.kind}\ndata: ${item.json}\n\n`
  },
}

/** Server-sent events when the Accept header asks for them, NDJSON otherwise. */
export function streamFormat(accept: string | undefined): StreamFormat {
  return /\btext\/event-stream\b/i.test(accept ?? '') ? serverSentEvents : ndjson
}

/**
 * The items of `source`, with a keep-alive after each `intervalMs` without one. Ends `source` when the
 * consumer stops.
 */
export async function* withKeepAlive<Item>(
  source: AsyncIterator<Item>,
  intervalMs: number,
): AsyncGenerator<Item | { kind: 'keep_alive' }, void, undefined> {
  try {
    for (let next = nextOf(source); ; ) {
      const result = await raceTimer(next, intervalMs)
      if (result === undefined) yield { kind: 'keep_alive' }
      else if (result.done) return
      else {
        yield result.value
        next = nextOf(source)
      }
    }
  } finally {
    // Not awaited: a source that waits for something that never comes would hold back the end.
    source.return?.().catch(() => undefined)
  }
}

/** The next result; its failure is not left unhandled when nobody waits for it any more. */
function nextOf<Item>(source: AsyncIterator<Item>): Promise<IteratorResult<Item>> {
  const next = source.next()
  next.catch(() => undefined)
  return next
}

/** The settled promise, or undefined when the timer is first. */
async function raceTimer<Result>(
  work: Promise<Result>,
  timeoutMs: number,
): Promise<Result | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, timeoutMs, undefined)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
