/** `forewarn demo`: something to see, on any machine, without a configuration. */

import { join } from 'node:path'
import { configFile, loadConfig } from '../config/load.ts'
import type { Config } from '../config/config.ts'
import { runConfig } from '../config/start.ts'
import { tables } from '../config/tables.ts'
import { choiceOf } from './choice.ts'
import { command } from './command.ts'
import { configFlags, configSets } from './config-flags.ts'
import { exposedWarning, runSurroundings, stopCode } from './run.ts'
import { packageFolder, version } from './version.ts'

const names = Object.keys(tables.detectors).join(', ')

const page = {
  name: 'forewarn demo',
  usage: '[DETECTOR] [options]',
  summary: 'This machine’s metrics and a test stream, live on a page.',
  about: [
    'Learns what is normal for this machine (processor, memory, load, disks, network) and for a ' +
      'stream of response times with known spikes, and shows all of it live on a page. The ' +
      'configuration is examples/demo.yaml.',
    `DETECTOR is that of the response times: ${names}.`,
  ],
  flags: { set: configFlags.set, listen: configFlags.listen },
  examples: [
    { line: 'forewarn demo', does: 'The page is at http://127.0.0.1:8686.' },
    { line: 'forewarn demo sma', does: 'The response times judged by the moving average.' },
    { line: 'forewarn demo --listen 127.0.0.1:9000', does: 'Where the port is taken.' },
  ],
  operandsMin: 0,
  operandsMax: 1,
}

/** The rule of the response times is the first one in the file. */
const chosenRule = 'detectors.0.detector'

/** See the head of the file. */
export const demoCommand = command(page, async ({ values, operands }, io) => {
  const [detector] = operands
  if (detector !== undefined) choiceOf('detector', detector, tables.detectors)
  const chosen = detector === undefined ? [] : [`${chosenRule}=${detector}`]
  const name = join(packageFolder, 'examples', 'demo.yaml')
  const sets = [...chosen, ...configSets(values)]
  const load = (): Config =>
    loadConfig({ file: configFile(name, io.env), environment: io.env, sets }, tables)
  await runConfig(load, {
    ...runSurroundings(io),
    onListening: ({ address, exposed }) => {
      io.stdout.write(welcome(address))
      if (exposed) io.stderr.write(exposedWarning)
    },
  })
  return stopCode(io.signal)
})

function welcome(address: string): string {
  return `
  Forewarn ${version()} is learning this machine and a stream of response times.

    Open       ${address}
    Send       curl --data-binary 'mine,who=me value=42' ${address}/api/v2/write
    Stop       Ctrl-C

  Each series is learned first; the response times are judged after about half a minute, and
  one in a hundred of them has a spike. Try next:

    npm start -- ema                      another detector for the response times
    npm run forewarn -- detectors         which detectors there are, and their options
    npm run forewarn -- generate --help   a labelled stream as CSV, for \`replay\`
    npm run forewarn -- check -c examples/demo.yaml
                                          every value of this configuration and its origin

`
}
