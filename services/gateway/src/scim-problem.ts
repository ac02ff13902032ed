import type { Problem, ProblemFormat } from '@purser/rest'

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

/**
 * A refusal as SCIM words it (RFC 7644, section 3.12). The keyword is the refusal's own, in
 * `details.scim_type`. What a limit refuses is a 429 here too, which the section does not list.
 */
export const scimProblem: ProblemFormat['of'] = (problem: Problem) => {
  const { status, detail, code, request_id, errors = [], scim_type: keyword } = problem
  const fields = errors.map(({ field, message }) => `${field} ${message}`)
  const scimType =
    typeof keyword === 'string' ? keyword : status === 400 ? 'invalidValue' : undefined
  return {
    schemas: [errorUrn],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: [detail, ...fields].join(' '),
    code,
    request_id,
  }
}
