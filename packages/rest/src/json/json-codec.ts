import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { JsonReader } from './json-reader.ts'
import type { JsonObject } from './leaf-codec.ts'
import { leafCodecOf } from './leaf-codec-of.ts'
import { MessageCodec } from './message-codec.ts'
import { Violations } from './violations.ts'

/** JSON of one type of message. */
export type JsonCodec<Desc extends DescMessage> = {
  /**
   * Reads a JSON object. Throws PurserError `request.invalid_json` when it is no JSON, and
   * `request.invalid` with every violation and its path when it does not fit the message.
   */
  decode(text: string): MessageShape<Desc>
  /** The object for `JSON.stringify`. */
  encode(message: MessageShape<Desc>): JsonObject
}

/** Message codecs by type, each compiled when first asked for and then kept. */
export class JsonCodecs {
  readonly #codecs = new Map<DescMessage, MessageCodec>()

  readonly of = (desc: DescMessage): MessageCodec => {
    let codec = this.#codecs.get(desc)
    if (!codec) {
      codec = new MessageCodec(desc, this.of)
      this.#codecs.set(desc, codec)
    }
    return codec
  }

  /** Compiles a message and all messages in it, so that one without a mapping is found at start-up. */
  prepare(desc: DescMessage): void {
    if (this.#codecs.has(desc)) return
    this.of(desc)
    for (const field of desc.fields) {
      if (field.message && !leafCodecOf(field)) this.prepare(field.message)
    }
  }
}

/** Compiles the JSON mapping of a message and of the messages in it. */
export function createJsonCodec<Desc extends DescMessage>(desc: Desc): JsonCodec<Desc> {
  const codecs = new JsonCodecs()
  codecs.prepare(desc)
  const codec = codecs.of(desc)
  return {
    decode(text) {
      const reader = new JsonReader(text)
      const violations = new Violations()
      const message = codec.decode(reader, violations)
      reader.end()
      violations.throwIfAny()
      return message as MessageShape<Desc>
    },
    encode: (message) => codec.encode(message),
  }
}
