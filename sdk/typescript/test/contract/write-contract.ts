import { writeFile } from 'node:fs/promises'
import { renderContract } from './render-contract.ts'

/** Writes src/gen/contract.ts from the contract: `node sdk/typescript/test/contract/write-contract.ts`. */
await writeFile(new URL('../../src/gen/contract.ts', import.meta.url), renderContract())
