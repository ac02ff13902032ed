import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** One case of the suite: what goes in, what must come out, and the named policies it was written under. */
const conformanceCase = z.strictObject({
  id: z.string().min(1),
  model: z.string().min(1),
  tier: z.enum(['core', 'advanced', 'policy']),
  inputs: z.record(z.string(), z.unknown()),
  expected: z.record(z.string(), z.unknown()),
  policy: z.array(z.string()),
  notes: z.string().optional(),
})

const caseFile = z
  .object({
    schema_version: z.literal('1.0'),
    models: z.record(z.string(), z.string()),
    policies: z.record(z.string(), z.string()),
    cases: z.array(conformanceCase).min(1),
  })
  .superRefine(({ cases, models }, ctx) => {
    const ids = new Set<string>()
    for (const { id, model } of cases) {
      if (ids.has(id)) ctx.addIssue(`case ${id} appears twice`)
      if (!Object.hasOwn(models, model)) ctx.addIssue(`case ${id} has the unknown model ${model}`)
      ids.add(id)
    }
  })

export type ConformanceCase = z.infer<typeof conformanceCase>

/** Reads a suite and checks its form; throws with every complaint. The file has at least one case. */
export function readCaseFile(path: string): ConformanceCase[] {
  return parseCaseFile(JSON.parse(readFileSync(path, 'utf8')))
}

/** As `readCaseFile`, for a suite already in memory. */
export function parseCaseFile(json: unknown): ConformanceCase[] {
  const parsed = caseFile.safeParse(json)
  if (parsed.success) return parsed.data.cases
  throw new Error(`not a conformance file:\n${z.prettifyError(parsed.error)}`)
}
