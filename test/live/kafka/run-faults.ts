/**
 * One fault after the other, as often as asked for, done to two programs at work; each ends in the
 * comparison with one program alone.
 *
 *   npm run test:kafka-faults [-- --fault kill --times 50]
 *
 * Without `--fault` all of them. Ends with 1 where reports are lost, doubled or others.
 */

import { parseArgs } from 'node:util'
import { faults } from './faults.ts'
import type { FaultName } from './faults.ts'
import { Servers, WorkingGroup } from './working-group.ts'

const { values: flags } = parseArgs({
  options: { fault: { type: 'string' }, times: { type: 'string', default: '1' } },
})
const names = (Object.keys(faults) as FaultName[]).filter(
  (name) => flags.fault === undefined || flags.fault === name,
)
if (names.length === 0) throw new Error(`there is no fault "${flags.fault}"`)

async function survived(name: FaultName): Promise<string> {
  const brokers = name === 'leader' ? 3 : 1
  const servers = await Servers.start(brokers)
  const group = await WorkingGroup.of(servers, brokers)
  try {
    await group.start(2)
    await group.flowing(10, () => faults[name](group, Number(flags.times)))
    await group.scored()
    await group.stop()
    const [said, wanted] = [await group.said(), await group.alone()]
    const at = wanted.findIndex((line, i) => line !== said[i])
    if (at >= 0 || said.length !== wanted.length) {
      return `${said.length} reports, expected ${wanted.length}; first other:\n${said[at]}`
    }
    return `${wanted.length} reports, every one as undisturbed`
  } finally {
    await group.end()
    await servers.stop()
  }
}

for (const name of names) {
  const result = await survived(name)
  if (!result.endsWith('undisturbed')) process.exitCode = 1
  process.stdout.write(`${name} × ${flags.times}: ${result}\n`)
}
process.exit()
