import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { PurserError } from '@purser/kernel'

/** Bounds of a body. */
export type BodyLimits = {
  /** Most bytes, after decompression. */
  maxBytes: number
  /** Most bytes that one compressed byte may become, once 1 MB came out. */
  maxExpansion: number
}

const EXPANSION_GRACE_BYTES = 1_000_000

/** Whether the request carries a body, going by its headers. */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * The body as it arrives, decompressed when `Content-Encoding` says gzip. Reads no faster than the
 * consumer, and stays readable for the answer when the consumer stops early. Throws PurserError
 * `request.body_too_large`, `request.unsupported_media_type` (another encoding), `request.invalid`
 * (damaged gzip) or `request.canceled` (the client left in the middle).
 */
export async function* bodyChunks(
  request: IncomingMessage,
  limits: BodyLimits,
): AsyncGenerator<Buffer, void, undefined> {
  const compressed = isGzip(request.headers['content-encoding'])
  if (!compressed && Number(request.headers['content-length'] ?? 0) > limits.maxBytes) {
    throw tooLarge(limits)
  }
  const counted = { in: 0, out: 0 }
  const source = compressed ? gunzip(request, counted) : request
  try {
    // Leaving the loop must not destroy the request: its socket still carries the answer.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      counted.out += chunk.length
      if (counted.out > limits.maxBytes) throw tooLarge(limits)
      if (compressed && expandsTooMuch(counted, limits)) throw tooLarge(limits)
      yield chunk
    }
  } catch (error) {
    throw bodyError(error)
  } finally {
    if (source !== request) {
      // At once: left to the destruction it comes later, and pauses whoever reads on by then.
      request.unpipe()
      source.destroy()
    }
  }
}

/** The whole body as text. Beside the errors of `bodyChunks`: `request.invalid_json` when it is no UTF-8. */
export async function readTextBody(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  const chunks = isGzip(request.headers['content-encoding'])
    ? await Array.fromAsync(bodyChunks(request, limits))
    : await plainChunks(request, limits)
  const [first] = chunks
  if (!first) return ''
  const body = chunks.length === 1 ? first : Buffer.concat(chunks)
  if (!isUtf8(body)) throw new PurserError('request.invalid_json', 'the body is not valid UTF-8')
  return body.toString('utf8')
}

/**
 * All of a body that is not compressed, as `bodyChunks` has it. By events: iterators, which wait for each piece and
 * know how to hold the sender back, cost 12 µs more for a body of one piece, as most are.
 */
function plainChunks(request: IncomingMessage, limits: BodyLimits): Promise<Buffer[]> {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) {
    return Promise.reject(tooLarge(limits))
  }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>()
  const chunks: Buffer[] = []
  let bytes = 0
  const take = (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > limits.maxBytes) end(tooLarge(limits))
  }
  const finish = () => end(undefined)
  const leave = () =>
    end(Object.assign(new Error('closed'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }))
  const end = (error: Error | undefined) => {
    request.off('data', take).off('end', finish).off('error', end).off('close', leave)
    if (error === undefined) return resolve(chunks)
    // What is left stays readable for the answer, see `discardBody`.
    request.pause()
    reject(bodyError(error))
  }
  if (request.destroyed || request.readableEnded) leave()
  else request.on('data', take).on('end', finish).on('error', end).on('close', leave)
  return promise
}

function isGzip(encoding: string | undefined): boolean {
  const name = encoding?.trim().toLowerCase() ?? 'identity'
  if (name === 'gzip' || name === 'x-gzip') return true
  if (name === 'identity' || name === '') return false
  throw new PurserError('request.unsupported_media_type', 'expected Content-Encoding gzip or none')
}

function gunzip(request: IncomingMessage, counted: { in: number }): Readable {
  const output = createGunzip()
  request.on('data', (chunk: Buffer) => {
    counted.in += chunk.length
  })
  request.on('error', (error) => output.destroy(error))
  return request.pipe(output)
}

function expandsTooMuch(counted: { in: number; out: number }, limits: BodyLimits): boolean {
  return counted.out > EXPANSION_GRACE_BYTES && counted.out > counted.in * limits.maxExpansion
}

function tooLarge({ maxBytes, maxExpansion }: BodyLimits): PurserError {
  return new PurserError(
    'request.body_too_large',
    `the body may have at most ${maxBytes} bytes, and gzip may shrink it at most ${maxExpansion} times`,
  )
}

function bodyError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code.startsWith('Z_')) {
    return new PurserError('request.invalid', 'the body is not valid gzip', { cause: error })
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new PurserError('request.canceled', 'the client left before the body ended', {
      cause: error,
    })
  }
  return error
}
