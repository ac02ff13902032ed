const path = 'packages/kernel/src/canary.ts'

export const scenarios = [
  { files: { [path]: "export const cents: bigint = '1'\n" }, complaints: [[path, 'TS2322']] },
]
