export { type JsonCodec, createJsonCodec } from './json/json-codec.ts'
export type { JsonObject, JsonValue } from './json/leaf-codec.ts'
export type { RestCallOptions } from './http/answer.ts'
export { allAnswerHeaders, carryAnswerHeaders } from './http/answer-headers.ts'
export type { ProblemFormat } from './http/answer-problem.ts'
export { type Problem, problemHeaders, problemKind, problemOf } from './http/problem.ts'
export { type RegisterRestOptions, registerRest } from './http/register-rest.ts'
export { createRestRoutes, type RestRoute, type RestRouteOptions } from './http/rest-route.ts'
export { restServerOptions } from './rest-server-options.ts'
export {
  buildOpenApi,
  type OpenApiDocument,
  type OpenApiOptions,
} from './openapi/build-open-api.ts'
export type { Comments } from './openapi/schemas.ts'
