export const scenarios = [
  {
    files: {
      'services/billing/src/domain/nobody.ts': 'export const one = 1\n',
      'services/billing/src/domain/run.ts': (text) => `${text}\nexport const nobodyReads = 1\n`,
      'packages/kernel/package.json': (text) =>
        text.replace('"dependencies": {', '"dependencies": {\n    "pino": "10.4.0",'),
    },
    complaints: [
      ['services/billing/src/domain/nobody.ts'],
      ['nobodyReads', 'services/billing/src/domain/run.ts'],
      ['pino', 'packages/kernel/package.json'],
    ],
  },
]
