import type { DescMessage } from '@bufbuild/protobuf'
import { getOption } from '@bufbuild/protobuf'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
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
  /** Whether it shows a shop's goods to everybody: then a tenant that sells is told from one that is not. */
  isShopWindow: boolean
  /** Names of the path's variables. */
  variables: readonly string[]
}

const SECRETS = /^state$|password|refresh_token|invitation|challenge|credential_json/

/** Anybody may ask these of any tenant, which notes it: what they tell is a matter of the service's own tests. */
const ASKED_BY_ANYBODY = new Set(['RequestPasswordReset', 'BeginPasskeySignIn', 'CreateCart'])

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
      readsSecret:
        ASKED_BY_ANYBODY.has(method.name) ||
        (binding.body !== 'none' && method.input.fields.some(({ name }) => SECRETS.test(name))),
      isShopWindow: rule.case === 'public' && method.parent === CatalogService,
      variables: binding.template.variables.map(({ field }) => field.join('.')),
    }
  })
}

/** Each method once: further routes to one are spellings of HTTP. */
export function firstBindings(operations: readonly Operation[]): Operation[] {
  return operations.filter(({ route }) => route.binding.index === 0)
}
