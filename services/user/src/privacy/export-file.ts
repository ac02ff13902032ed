import type { PersonalExport, PersonalRecord } from '../domain/privacy.ts'

/**
 * The text of an export: JSON with one document for each service, in it a list of records for each
 * kind: `{ "tenant", "export_id", "created_at", "documents": { "user": { "profile": [{…}] } } }`.
 * Records of one kind follow each other.
 */
export function exportFile(
  tenant: string,
  { exportId, requestedAt }: PersonalExport,
  records: readonly (PersonalRecord & { service: string })[],
): string {
  const documents = [...Map.groupBy(records, ({ service }) => service)].map(
    ([service, held]) => `${JSON.stringify(service)}: ${documentOf(held)}`,
  )
  const head = `"tenant": ${JSON.stringify(tenant)},\n  "export_id": ${JSON.stringify(exportId)}`
  const time = `"created_at": ${JSON.stringify(requestedAt.toString())}`
  return `{\n  ${head},\n  ${time},\n  "documents": {${documents.join(',')}}\n}\n`
}

function documentOf(held: readonly PersonalRecord[]): string {
  const kinds = [...Map.groupBy(held, ({ kind }) => kind)].map(([kind, records]) => {
    const texts = records.map(({ json }) => `      ${json}`)
    return `\n    ${JSON.stringify(kind)}: [\n${texts.join(',\n')}\n    ]`
  })
  return `{${kinds.join(',')}\n  }`
}
