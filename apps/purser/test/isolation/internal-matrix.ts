import { create, type DescMethod, type DescService, getOption } from '@bufbuild/protobuf'
import type { DescMethodStreaming, DescMethodUnary } from '@bufbuild/protobuf'
import { access } from '@purser/contracts/options'
import type { Credential } from './credentials.ts'
import type { GrpcSender } from './grpc-sender.ts'

/** Methods that services alone may call: no route leads to them, a port does. */
export function internalMethods(services: readonly DescService[]): DescMethod[] {
  return services
    .flatMap(({ methods }) => methods)
    .filter((method) => getOption(method, access).rule.case === 'internal')
}

/** Calls every internal method with every credential, about its tenant, and answers what was not refused. */
export async function runInternalMatrix(
  sender: GrpcSender,
  methods: readonly DescMethod[],
  credentials: readonly Credential[],
  tenants: readonly string[],
) {
  const findings: string[] = []
  let cellCount = 0
  for (const method of methods) {
    for (const { name, kind, authorization } of credentials) {
      const expected = kind === 'api_key' || kind === 'person' ? 403 : 401
      for (const tenant of tenants) {
        const { status, text } = await callInternal(sender, method, authorization, tenant)
        cellCount += 1
        if (status === expected) continue
        findings.push(
          `${method.name} by ${name} of ${tenant}: expected ${expected}, not ${status} ${text}`,
        )
      }
    }
  }
  return { cellCount, findings }
}

async function callInternal(
  sender: GrpcSender,
  method: DescMethod,
  authorization: string | undefined,
  tenant: string,
) {
  const input = create(method.input, method.input.field.tenant ? { tenant } : {})
  return await sender.answerOf(method.parent.typeName, authorization, async (delivery) => {
    const { transport, header } = delivery
    if (method.methodKind === 'unary') {
      const unary = method as DescMethodUnary
      const { message } = await transport.unary(unary, undefined, undefined, header, input)
      return message.$typeName
    }
    const once = (async function* () {
      yield input
    })()
    const streaming = method as DescMethodStreaming
    const answer = await transport.stream(streaming, undefined, undefined, header, once)
    for await (const message of answer.message) return message.$typeName
    return ''
  })
}
