import type { DescMessage } from '@bufbuild/protobuf'
import { getOption } from '@bufbuild/protobuf'
import { access } from '@purser/contracts/options'
import { createRestRoutes, type RestRoute } from '@purser/rest'
import type { Transport } from '@connectrpc/connect'
import { publicContracts } from '../../src/topology.ts'

/** One route of the public contract, and all that the matrix knows of it. */
export type Operation = {
  name: string
  route: RestRoute
  input: DescMessage
  /** Undefined for a public method. */
  permission: string | undefined
  /** Whether the request names a tenant; without one a method with a permission is about its caller. */
  namesTenant: boolean
  /** Whether its body proves who somebody is: such a method may refuse it with 401 and counts the attempts. */
  readsSecret: boolean
  /** Names of the path's variables. */
  variables: readonly string[]
}

const SECRETS = /password|refresh_token|invitation/

/** Every route of the public contract; a new method is here as soon as it is in a contract. */
export function publicOperations(transport: Transport): Operation[] {
  return createRestRoutes({ services: publicContracts, transport }).map((route) => {
    const { method, binding } = route
    const { rule } = getOption(method, access)
    return {
      name: `${method.name}#${binding.index}`,
      route,
      input: method.input,
      permission: rule.case === 'permission' ? rule.value : undefined,
      namesTenant: method.input.fields.some(({ name }) => name === 'tenant'),
      readsSecret: method.input.fields.some(({ name }) => SECRETS.test(name)),
      variables: binding.template.variables.map(({ field }) => field.join('.')),
    }
  })
}
