// Generates contracts/gen from contracts/proto: `npm run generate`.
//   -- --release          also moves contracts/released.binpb forward, when nothing breaks
//   -- --accept-breaking  with --release: moves it although something breaks (say why in the commit)
import { parseArgs } from 'node:util'
import { breaking, generate, lint, releasedImage, writeImage } from '../contracts/pipeline.mjs'

const { values } = parseArgs({
  options: { release: { type: 'boolean' }, 'accept-breaking': { type: 'boolean' } },
})

function step(name, { ok, output }) {
  if (output !== '') console.error(output)
  console.log(`${name}: ${ok ? 'ok' : 'failed'}`)
  if (!ok) process.exitCode = 1
  return ok
}

const sound = step('generate', generate()) && step('lint', lint())
if (sound && values.release) {
  const unbroken = values['accept-breaking'] || step('breaking', breaking())
  if (unbroken) step(`release to ${releasedImage}`, writeImage())
}
