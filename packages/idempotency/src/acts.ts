import {
  create,
  type DescField,
  type DescMethod,
  type DescMethodUnary,
  type DescService,
  getOption,
  type Message,
} from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { access, audited, idempotency_key, key_holder, rules } from '@purser/contracts/options'
import { assert, type Clock } from '@purser/kernel'
import type { Database, Tx } from '@purser/postgres'
import { defineService, principalOf, type ServiceDefinition } from '@purser/rpc'
import { compileActObject } from './act-object.ts'
import { IdempotencyKey } from './idempotency-key.ts'
import { type JoinedDatabase, joinable } from './joined-database.ts'
import { LateTransaction } from './late-transaction.ts'
import { recordAct } from './record-act.ts'

type Handler = (request: Message, call: HandlerContext) => Promise<Message>

/** What the contract says of a method that is wrapped. */
type Plan = {
  method: DescMethodUnary
  takesKey: boolean
  /** Field whose secret says whose key it is; undefined where the caller does. */
  holder: DescField | undefined
  objectOf: ReturnType<typeof compileActObject> | undefined
}

const selfRecording = new WeakSet<object>()
const keyed = new WeakSet<object>()
const recorded = new WeakSet<object>()

/** Whether the handler keeps replies by Idempotency-Key. */
export function takesIdempotencyKey(handler: object): boolean {
  return keyed.has(handler)
}

/** Whether calls of the handler reach the audit log: made so by `Acts.define`, or by itself. */
export function recordsActs(handler: object): boolean {
  return recorded.has(handler) || selfRecording.has(handler)
}

/**
 * Marks a handler of an audited method that calls `recordAct` by itself, in the transaction of its
 * effect: since its effects are several transactions, since some outlive its refusal (a wrong
 * password counts), or since who acts is known only inside.
 */
export function recordsItself<H extends (...args: never[]) => unknown>(handler: H): H {
  selfRecording.add(handler)
  return handler
}

/** What the contract says of writes, done in one place for every method of a service. */
export type Acts = {
  /** The service's database. Inside a method that `define` wraps, its transactions are one. */
  database: Database
  /**
   * Pairs a contract with its implementation, as `defineService` does, and puts around the handlers
   * what the contract's options ask for:
   *
   * - `idempotency_key`: once a key. The reply is stored in the transaction of the effect, and the
   *   same principal's same key answers it, byte for byte, for 7 days. Throws
   *   `request.idempotency_mismatch`, `request.in_progress`, `request.invalid`. A refusal is not
   *   stored: nothing happened. Of a method that anyone may call, the key is that of whoever has the
   *   secret in the request's `key_holder`; without one, of whoever knows the key: 32 characters or more.
   * - `audited`: each call that succeeds writes one event `audit.recorded`, in the transaction of
   *   the effect; a refused or repeated one writes none.
   *
   * Such a handler brings all its effects about in `database`, one transaction after another; what
   * it asks and tells other services comes before the first of them, and is repeatable. Fails with
   * an assertion for a contract that cannot be kept, so that the service does not start.
   */
  define<Desc extends DescService>(
    service: Desc,
    implementation: ServiceImpl<Desc>,
  ): ServiceDefinition
  /** Does `work`, such as to forget what is cached, once the running act is stored. */
  afterCommit(work: () => void): void
}

/**
 * Acts on a database whose schema has the tables of this package and of @purser/events. `clock` dates
 * them, without a scope: an audit log is not a place for test clocks.
 */
export function createActs({ database, clock }: { database: Database; clock: Clock }): Acts {
  const joined = joinable(database)
  return {
    database: joined.database,
    afterCommit: joined.afterCommit,
    define: (service, implementation) => {
      const handlers: Record<string, unknown> = { ...implementation }
      for (const method of service.methods) {
        const handler = handlers[method.localName] as Handler
        const plan = planOf(method, handler)
        if (plan) handlers[method.localName] = wrap(plan, handler, { database, joined, clock })
      }
      return defineService(service, handlers as typeof implementation)
    },
  }
}

/** Undefined for a handler that stays as it is. */
function planOf(method: DescMethod, handler: Handler): Plan | undefined {
  const takesKey = getOption(method, idempotency_key)
  const isAudited = getOption(method, audited)
  const name = `${method.parent.typeName}/${method.name}`
  if (selfRecording.has(handler)) {
    assert(isAudited && !takesKey, () => `${name} records itself: audited, and without a key`)
    return undefined
  }
  if (!takesKey && !isAudited) return undefined
  assert(method.methodKind === 'unary', () => `${name} is a stream: it takes no key, has no entry`)
  const isPublic = getOption(method, access).rule.case === 'public'
  assert(
    !isPublic || !isAudited,
    () => `${name} is public: only its handler knows who acts (recordsItself)`,
  )
  const objectOf = isAudited ? compileActObject(method) : undefined
  return { method: method as DescMethodUnary, takesKey, holder: holderOf(method), objectOf }
}

function holderOf(method: DescMethod): DescField | undefined {
  const wanted = getOption(method, key_holder)
  if (wanted === '') return undefined
  const field = method.input.fields.find(({ name }) => name === wanted)
  const isSecret = field?.fieldKind === 'scalar' && getOption(field, rules).required
  assert(isSecret, () => `${method.name} has no required field ${wanted} that holds its keys`)
  return field
}

type Place = { database: Database; joined: JoinedDatabase; clock: Clock }

function wrap(plan: Plan, handler: Handler, place: Place): Handler {
  const wrapped: Handler = async (request, call) => {
    const tenantId = tenantOf(request, call)
    const key = plan.takesKey ? IdempotencyKey.of(plan, request, call, tenantId) : undefined
    if (key === undefined && !plan.objectOf) return await handler(request, call)
    const act = new RunningAct(plan, place, { request, call, tenantId, key })
    return await act.run(handler)
  }
  if (plan.takesKey) keyed.add(wrapped)
  if (plan.objectOf) recorded.add(wrapped)
  return wrapped
}

type Call = {
  request: Message
  call: HandlerContext
  tenantId: string
  key: IdempotencyKey | undefined
}

/** One call of a handler, whose effect, entry and reply are stored together. */
class RunningAct {
  readonly #plan: Plan
  readonly #place: Place
  readonly #call: Call
  /** The reply that another request with the key has stored meanwhile. */
  #rival: Message | undefined

  constructor(plan: Plan, place: Place, call: Call) {
    this.#plan = plan
    this.#place = place
    this.#call = call
  }

  async run(handler: Handler): Promise<Message> {
    const earlier = await this.#findReply()
    if (earlier !== undefined) return earlier
    const { database, joined } = this.#place
    const whole = new LateTransaction(database, this.#call.tenantId, (tx) => this.#lockKey(tx))
    return await joined.run(whole, async () => {
      try {
        const answer = await handler(this.#call.request, this.#call.call)
        const reply = create(this.#plan.method.output, answer)
        await this.#finish(await whole.open(), reply)
        await joined.commit(whole)
        return reply
      } catch (error) {
        const wasOpen = whole.isOpen
        const thrown = await whole.rollBack(error)
        // What was read before the key was locked may be what a rival has just done.
        const rival = wasOpen ? this.#rival : await this.#findReply()
        if (rival !== undefined) return rival
        throw thrown
      }
    })
  }

  async #findReply(): Promise<Message | undefined> {
    const { key, tenantId } = this.#call
    if (key === undefined) return undefined
    const find = (tx: Tx) => key.lockAndFind(tx)
    return await this.#place.database.tx(tenantId, find, { readOnly: true })
  }

  async #lockKey(tx: Tx): Promise<void> {
    this.#rival = await this.#call.key?.lockAndFind(tx)
    if (this.#rival !== undefined) throw new Error('a rival with the same key was faster')
  }

  async #finish(tx: Tx, reply: Message): Promise<void> {
    const { request, call, key } = this.#call
    const { objectOf } = this.#plan
    if (objectOf) {
      const object = objectOf(request, reply)
      await recordAct(tx, call, { object, occurredAt: this.#place.clock.now() })
    }
    await key?.keep(tx, reply)
  }
}

/** The tenant that the request names, or else the caller's own. */
function tenantOf(request: Message, call: HandlerContext): string {
  const { tenant } = request as Message & { tenant?: string }
  return tenant || principalOf(call).tenant
}
