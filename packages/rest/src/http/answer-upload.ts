import { type DescMethodStreaming, getOption, type Message } from '@bufbuild/protobuf'
import { raw_body } from '@purser/contracts/options'
import { assert } from '@purser/kernel'
import { type RestCall, uploadMessage } from './answer.ts'
import { isBinaryCloudEvent, STRUCTURED_CLOUD_EVENT, structuredCloudEvent } from './cloud-event.ts'
import { requireMediaType } from './media-type.ts'
import { bodyChunks } from './request-body.ts'

const noBytes = new Uint8Array(0)

/**
 * Passes the body to a client-streaming method piece by piece as it arrives, never whole in memory,
 * and answers its response as JSON. The first piece names the media type. A CloudEvent in binary mode
 * is passed on as one structured event and is bounded like a JSON body.
 */
export async function answerUpload(call: RestCall, maxUploadBytes: number): Promise<void> {
  const { route, signal, options, reply } = call
  const { transport } = route
  // Routes of this kind are compiled of client-streaming methods alone.
  const method = route.method as DescMethodStreaming
  const upload = new Upload(call, maxUploadBytes)
  const { timeoutMs, headers, contextValues } = options
  try {
    const input = upload.messages()
    const response = await transport.stream(
      method,
      signal,
      timeoutMs,
      headers,
      input,
      contextValues,
    )
    for await (const message of response.message) {
      reply.type('application/json; charset=utf-8').send(JSON.stringify(route.encode(message)))
      return
    }
    assert(false, () => `${method} ended without a response`)
  } catch (error) {
    // A broken body is the cause of whatever the method made of it.
    throw upload.failure ?? error
  }
}

class Upload {
  readonly #call: RestCall
  readonly #maxBytes: number
  failure: unknown

  constructor(call: RestCall, maxBytes: number) {
    this.#call = call
    this.#maxBytes = maxBytes
    const { headers } = call.request
    const { contentTypes } = getOption(call.route.method, raw_body)
    if (contentTypes.length > 0 && !isBinaryCloudEvent(headers)) {
      requireMediaType(headers['content-type'], contentTypes)
    }
    // Path and query are judged here, before the first byte is read.
    uploadMessage(call, '', noBytes)
  }

  async *messages(): AsyncGenerator<Message, void, undefined> {
    try {
      if (isBinaryCloudEvent(this.#call.request.headers)) yield await this.#cloudEvent()
      else yield* this.#pieces()
    } catch (error) {
      this.failure = error
      throw error
    }
  }

  async *#pieces(): AsyncGenerator<Message, void, undefined> {
    const { request, limits } = this.#call
    let contentType = request.headers['content-type'] ?? ''
    let isEmpty = true
    for await (const chunk of bodyChunks(request.raw, { ...limits, maxBytes: this.#maxBytes })) {
      isEmpty = false
      yield uploadMessage(this.#call, contentType, chunk)
      contentType = ''
    }
    if (isEmpty) yield uploadMessage(this.#call, contentType, noBytes)
  }

  async #cloudEvent(): Promise<Message> {
    const { request, limits } = this.#call
    const chunks: Buffer[] = []
    for await (const chunk of bodyChunks(request.raw, limits)) chunks.push(chunk)
    const event = structuredCloudEvent(request.headers, Buffer.concat(chunks))
    return uploadMessage(this.#call, STRUCTURED_CLOUD_EVENT, Buffer.from(event))
  }
}
