// Writes products.csv and pictures/ beside it: `node services/catalog/seed/write-seed.ts`.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { demoShop } from '../src/demo-shop.ts'
import { makeSeed } from './make-seed.ts'

const { csv, pictures } = makeSeed()
const { productsFile, picturesDir } = demoShop
await mkdir(picturesDir, { recursive: true })
for (const name of await readdir(picturesDir)) {
  if (!pictures.has(name)) await rm(new URL(name, picturesDir))
}
for (const [name, svg] of pictures) await writeFile(new URL(name, picturesDir), svg)
await writeFile(productsFile, csv)
process.stdout.write(`${pictures.size} products\n`)
