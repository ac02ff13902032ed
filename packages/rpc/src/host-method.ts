import type {
  DescMessage,
  DescMethod,
  Message,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { AssertionError, PurserError } from '@purser/kernel'
import type { Span } from '@purser/runtime'
import { type AccessPolicy, compileAccessPolicy } from './access-policy.ts'
import type { AuthenticateCaller } from './authenticate-caller.ts'
import { MethodObserver, type ObserverOptions } from './call-observer.ts'
import { DIRECT_PROTOCOL } from './direct-context.ts'
import { type Principal, principalOf } from './principal.ts'
import { compileRules, validateMessage } from './validate-message.ts'

type Output = MessageInitShape<DescMessage>

/**
 * A method with everything around it. Every transport calls it, so that the checks are the same
 * everywhere, always in this order:
 *
 * 1. error mapping: whatever is thrown leaves as a PurserError;
 * 2. measurement: histogram, span, log line;
 * 3. principal: from the context values in process, from the signed header over the network;
 * 4. permission: the caller, then the tenant that the request names;
 * 5. validation of the request, each message of a stream.
 */
export type HostedMethod = {
  readonly method: DescMethod
  /** Unary methods only. */
  unary(message: Message, context: HandlerContext): Promise<Output>
  /** All other methods; a single message is a stream of one. */
  stream(messages: AsyncIterable<Message>, context: HandlerContext): AsyncIterable<Output>
}

export type HostMethodOptions = ObserverOptions & {
  authenticate: AuthenticateCaller
  /** Overrides the access option: protocols such as health carry none. */
  access?: AccessPolicy
}

// The implementation's own types are checked where it is defined (`defineService`); here one shape
// stands for the methods of all services.
type UnaryFunction = (message: Message, context: HandlerContext) => Promise<Output> | Output
type StreamFunctions = {
  server_streaming: (message: Message, context: HandlerContext) => AsyncIterable<Output>
  client_streaming: (
    messages: AsyncIterable<Message>,
    context: HandlerContext,
  ) => Promise<Output> | Output
  bidi_streaming: (
    messages: AsyncIterable<Message>,
    context: HandlerContext,
  ) => AsyncIterable<Output>
}

/**
 * Compiles access and rules of `method` and puts them around `implementation`. Throws for bad
 * contracts.
 */
export function hostMethod(
  method: DescMethod,
  implementation: (...args: never[]) => unknown,
  options: HostMethodOptions,
): HostedMethod {
  compileRules(method.input)
  const policy = options.access ?? compileAccessPolicy(method)
  const observer = new MethodObserver(method, options)
  const { authenticate } = options
  const name = `${method.parent.typeName}/${method.name}`

  const check = (principal: Principal, message: Message): void => {
    policy.checkTenant(principal, message)
    validateMessage(method.input, message as MessageShape<typeof method.input>)
  }

  const call = implementation as UnaryFunction
  async function unary(message: Message, context: HandlerContext): Promise<Output> {
    const observed = observer.begin(context)
    try {
      if (context.protocolName !== DIRECT_PROTOCOL) await authenticate(context)
      const principal = principalOf(context)
      policy.checkCaller(principal)
      check(principal, message)
      const { span } = observed
      const output = await (span ? span.run(() => call(message, context)) : call(message, context))
      observer.succeed(observed)
      return output
    } catch (error) {
      throw observer.fail(observed, error)
    }
  }

  const produce = streamFunction(method, implementation)
  async function* stream(
    messages: AsyncIterable<Message>,
    context: HandlerContext,
  ): AsyncGenerator<Output> {
    const observed = observer.begin(context)
    let ended = false
    try {
      if (context.protocolName !== DIRECT_PROTOCOL) await authenticate(context)
      const principal = principalOf(context)
      policy.checkCaller(principal)
      const checked = each(messages, (message) => check(principal, message))
      yield* inSpan(observed.span, () => produce(checked, context))
      ended = true
      observer.succeed(observed)
    } catch (error) {
      ended = true
      throw observer.fail(observed, error)
    } finally {
      if (!ended) observer.fail(observed, new PurserError('request.canceled', 'the reader left'))
    }
  }

  return {
    method,
    unary: method.methodKind === 'unary' ? unary : () => wrongKind(name),
    stream: method.methodKind === 'unary' ? () => wrongKind(name) : stream,
  }
}

/** Brings the three kinds of streaming implementations to one: many messages in, many out. */
function streamFunction(
  method: DescMethod,
  implementation: (...args: never[]) => unknown,
): StreamFunctions['bidi_streaming'] {
  switch (method.methodKind) {
    case 'bidi_streaming':
      return implementation as unknown as StreamFunctions['bidi_streaming']
    case 'server_streaming': {
      const serve = implementation as unknown as StreamFunctions['server_streaming']
      return async function* (messages, context) {
        for await (const message of messages) return yield* serve(message, context)
      }
    }
    default: {
      const collect = implementation as unknown as StreamFunctions['client_streaming']
      return async function* (messages, context) {
        yield await collect(messages, context)
      }
    }
  }
}

async function* each(
  messages: AsyncIterable<Message>,
  check: (message: Message) => void,
): AsyncGenerator<Message> {
  for await (const message of messages) {
    check(message)
    yield message
  }
}

/** A generator's body runs in the async context of whoever asks for the next item. */
async function* inSpan(
  span: Span | undefined,
  produce: () => AsyncIterable<Output>,
): AsyncGenerator<Output> {
  if (!span) return yield* produce()
  const iterator = span.run(() => produce()[Symbol.asyncIterator]())
  try {
    while (true) {
      const result = await span.run(() => iterator.next())
      if (result.done) return
      yield result.value
    }
  } finally {
    await iterator.return?.()
  }
}

function wrongKind(name: string): never {
  throw new AssertionError(`${name} was called as another kind of method`)
}
