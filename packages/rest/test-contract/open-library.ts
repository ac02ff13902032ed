import { setTimeout as sleep } from 'node:timers/promises'
import { asService, createPrincipalCodec, createServiceHost, defineService } from '@purser/rpc'
import { PurserError, systemClock } from '@purser/kernel'
import { silentLogger } from '@purser/runtime'
import fastify from 'fastify'
import { onTestFinished } from 'vitest'
import {
  createRestRoutes,
  registerRest,
  type RegisterRestOptions,
  restServerOptions,
} from '../src/index.ts'
import { LibraryService } from './gen/library/v1/library_pb.js'

/** What the library noticed behind its callers' backs. */
export type LibraryEvents = string[]

/**
 * A library behind the REST transcoder; `listen` opens a real port. Who watches `pauses` gets two messages and the end
 * after `pause`. Closed at the end of the test.
 */
export async function openLibrary({
  pause,
  ...options
}: Partial<RegisterRestOptions> & { pause?: Promise<void> } = {}) {
  const events: LibraryEvents = []
  const key = 'a key of at least thirty-two bytes for tests'
  const host = createServiceHost({
    services: [library(events, pause)],
    log: silentLogger,
    principals: createPrincipalCodec({ key, clock: systemClock }),
  })
  // Connections that clients keep open would hold back the end of a test.
  const app = fastify({
    ...restServerOptions,
    forceCloseConnections: true,
    genReqId: () => 'req_test',
  })
  const routes = createRestRoutes({ services: [LibraryService], transport: host.transport() })
  registerRest(app, {
    routes,
    prepare: async () => asService('test', '*'),
    ...options,
  })
  onTestFinished(() => app.close())
  await app.ready()
  return { app, events, routes, listen: () => app.listen({ port: 0, host: '127.0.0.1' }) }
}

function library(events: LibraryEvents, pause: Promise<void> | undefined) {
  return defineService(LibraryService, {
    getBook: (request) => ({ title: JSON.stringify(request, bigintsAsText), pageCount: 1 }),
    getTitle: ({ name }) => ({ title: name }),
    getNotice: ({ tenant, notice }) =>
      notice === 'busy' ? fail(notice) : { title: `${notice} of ${tenant}` },
    readFile: ({ name }) => ({ contentType: 'text/plain', data: Buffer.from(`file ${name}`) }),
    archiveBook: ({ book }) => ({ title: `archived ${book}` }),
    createEverything: (request) => request,
    updateBook: ({ book, dryRun }) => ({
      title: book?.title ?? '',
      genre: book?.genre ?? 0,
      pageCount: dryRun ? 1 : 2,
    }),
    purgeShelf: ({ name }) => fail(name),
    watchBooks: ({ name }) => watch(name, events, pause),
    readPieces: ({ name }) => pieces(name, events),
    importBooks: (requests) => importBooks(requests, events),
    speakForeign: ({ shelf, thing, query, body }) => {
      if (shelf === 'none') fail(shelf)
      if (thing === 'gone') return { status: 204 }
      const text = Buffer.from(body?.data ?? []).toString()
      const data = Buffer.from(
        JSON.stringify({ shelf, thing, query, text, type: body?.contentType }),
      )
      return { status: 201, data, location: `/foreign/${shelf}` }
    },
    hearForeign: ({ shelf, query }) => ({
      status: 200,
      data: Buffer.from(JSON.stringify({ shelf, query })),
    }),
    countSecrets: () => ({}),
  })
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function fail(name: string): never {
  if (name === 'bug') throw new TypeError('secret detail of a bug')
  if (name === 'busy') {
    throw new PurserError('platform.overloaded', 'busy', { details: { retry_after_seconds: '7' } })
  }
  throw new PurserError('resource.not_found', 'no such shelf', {
    details: { shelf: name, status: '200' },
    cause: new Error('private'),
  })
}

async function* watch(name: string, events: LibraryEvents, pause: Promise<void> | undefined) {
  try {
    if (name === 'missing') fail(name)
    for (let pageCount = 1; pageCount <= 2; pageCount++) yield { title: name, pageCount }
    if (name === 'breaks') throw new TypeError('secret detail of a bug')
    if (name === 'pauses') await pause
    for (let pageCount = 3; name === 'endless'; pageCount++) {
      yield { title: name, pageCount }
      await sleep(1)
    }
  } finally {
    events.push('watch ended')
  }
}

async function* pieces(name: string, events: LibraryEvents) {
  let count = 0
  try {
    if (name === 'missing') fail(name)
    while (count < 3 || name === 'endless') {
      count += 1
      yield { contentType: count === 1 ? 'text/csv' : '', data: Buffer.alloc(100_000, 'x') }
      if (name === 'breaks') throw new TypeError('secret detail of a bug')
    }
  } finally {
    events.push(`pieces ended after ${count}`)
  }
}

type ImportPiece = { shelf: string; file?: { contentType: string; data: Uint8Array } | undefined }

async function importBooks(requests: AsyncIterable<ImportPiece>, events: LibraryEvents) {
  let byteCount = 0
  let pieceCount = 0
  let contentType = ''
  let text = ''
  try {
    for await (const { shelf, file } of requests) {
      if (shelf === 'full') throw new PurserError('resource.not_found', 'the shelf is full')
      byteCount += file?.data.length ?? 0
      pieceCount += 1
      contentType += file?.contentType ?? ''
      if (byteCount < 1000) text += Buffer.from(file?.data ?? []).toString()
    }
    return { byteCount: BigInt(byteCount), pieceCount, contentType, text }
  } catch (error) {
    events.push(`import failed: ${(error as PurserError).code}`)
    throw error
  }
}
