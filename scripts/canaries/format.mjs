const path = 'packages/kernel/src/canary.ts'

export const scenarios = [{ files: { [path]: 'export const one=1;\n' }, complaints: [[path]] }]
