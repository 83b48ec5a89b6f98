/** `forewarn check`: is the configuration right, and where does each value come from? */

import { configJsonSchema } from '../config/json-schema.ts'
import { configFile, loadConfig } from '../config/load.ts'
import { configNotes } from '../config/notes.ts'
import { settingsText } from '../config/settings-text.ts'
import { tables } from '../config/tables.ts'
import { command, exitCodes } from './command.ts'
import { configFlags, configSets } from './config-flags.ts'

const page = {
  name: 'forewarn check',
  usage: '[-c FILE] [--set PATH=VALUE]… | --schema',
  summary: 'Check a configuration and print every value with its origin.',
  about: [
    'Reads the configuration as `run` would, without starting anything, and prints every value ' +
      'that holds, with the place that it comes from: a line of the file, a variable of the ' +
      'environment, a flag, or the default. Secrets are printed as ***.',
    'Faults are all reported at once, on stderr, each with its place; the exit code is then 78.',
  ],
  flags: {
    ...configFlags,
    schema: { about: 'Print the JSON Schema of the file instead, for editors.' },
  },
  examples: [
    { line: 'forewarn check -c forewarn.yaml', does: 'Check the file.' },
    {
      line: 'forewarn check | grep -v "# default"',
      does: 'Only what differs from the defaults.',
    },
  ],
  operandsMin: 0,
  operandsMax: 0,
}

/** See the head of the file. */
export const checkCommand = command(page, async ({ values }, io) => {
  if (values.schema) {
    io.stdout.write(JSON.stringify(configJsonSchema(tables), null, 2) + '\n')
    return exitCodes.ok
  }
  const file = configFile(values.config, io.env)
  const sets = configSets(values)
  const config = loadConfig({ file, environment: io.env, sets }, tables)
  io.stdout.write(settingsText(config.settings))
  for (const note of configNotes(config)) io.stderr.write(`note: ${note}\n`)
  const { sources, transforms, rules, sinks } = config
  const counts = [
    counted(sources.length, 'source'),
    counted(transforms.length, 'transform'),
    counted(rules.length, 'detector rule'),
    counted(sinks.length, 'sink'),
  ]
  io.stderr.write(`${file.name} is right: ${counts.join(', ')}\n`)
  return exitCodes.ok
})

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}
