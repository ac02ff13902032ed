import type { CollectedPart, PersonalExport } from '../domain/privacy.ts'

/**
 * The text of an export, piece by piece: JSON with one document for each service, in it a list of
 * records for each kind: `{ "tenant", "export_id", "created_at", "documents": { "user": { "profile":
 * [{…}] } } }`. Of its records, those of one part are held at a time: `read` answers their JSON texts.
 */
export async function* exportFile(
  tenant: string,
  { exportId, requestedAt }: Pick<PersonalExport, 'exportId' | 'requestedAt'>,
  { parts, read }: { parts: readonly CollectedPart[]; read: ReadPart },
): AsyncGenerator<string> {
  const head = `"tenant": ${JSON.stringify(tenant)},\n  "export_id": ${JSON.stringify(exportId)}`
  const time = `"created_at": ${JSON.stringify(requestedAt.toString())}`
  yield `{\n  ${head},\n  ${time},\n  "documents": {`
  let before = ''
  for (const [service, held] of Map.groupBy(parts, (part) => part.service)) {
    yield `${before}${JSON.stringify(service)}: {`
    yield* documentOf(held, read)
    yield '\n  }'
    before = ','
  }
  yield '}\n}\n'
}

/** Answers the records of a part, each as the text of a JSON object. */
export type ReadPart = (part: CollectedPart) => Promise<string[]>

async function* documentOf(held: readonly CollectedPart[], read: ReadPart): AsyncGenerator<string> {
  let before = ''
  for (const [kind, parts] of Map.groupBy(held, (part) => part.kind)) {
    yield `${before}\n    ${JSON.stringify(kind)}: [\n`
    before = ''
    for (const part of parts) {
      const records = await read(part)
      yield before + records.map((json) => `      ${json}`).join(',\n')
      before = ',\n'
    }
    yield '\n    ]'
    before = ','
  }
}
