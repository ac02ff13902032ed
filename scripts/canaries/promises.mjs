const path = 'services/billing/src/canary.ts'

export const scenarios = [
  {
    files: {
      [path]: `async function save(text: string): Promise<void> {
  await Promise.reject(new Error(text))
}
export function saveAll(texts: string[], late: Promise<void> | undefined): void {
  save('dropped')
  texts.forEach(async (text) => save(text))
  save('then').then(() => undefined)
  save('finally').finally(() => undefined)
  late?.then(() => undefined)
  void save('said')
  save('handled').catch(() => undefined)
  save('handled').then(() => undefined, () => undefined).finally(() => undefined)
}
`,
    },
    complaints: [
      [`${path}:5`, 'floating promise'],
      [`${path}:6`, 'nothing waits'],
      [`${path}:7`, 'floating promise'],
      [`${path}:8`, 'floating promise'],
      [`${path}:9`, 'floating promise'],
    ],
    spared: [[`${path}:10`], [`${path}:11`], [`${path}:12`]],
  },
]
