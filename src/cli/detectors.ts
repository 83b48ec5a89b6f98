/** `forewarn detectors`: which detectors and score filters there are, and what their options do. */

import { didYouMean } from '../config/nearest-name.ts'
import { allowed, optionText } from '../config/option-value.ts'
import { tables } from '../config/tables.ts'
import { yamlName } from '../core/options.ts'
import type { OptionSpecs } from '../core/options.ts'
import { usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import { row, wrapped } from './help.ts'

const page = {
  name: 'forewarn detectors',
  usage: '[NAME]',
  summary: 'List detectors and score filters, with options.',
  about: [
    'Without a name: every detector and score filter with one sentence. With a name: its options ' +
      'with what they do, as a rule under `detectors:` and `--set` of replay and bench take them.',
  ],
  flags: {},
  examples: [
    { line: 'forewarn detectors', does: 'What there is.' },
    { line: 'forewarn detectors ema', does: 'The options of one.' },
  ],
  operandsMin: 0,
  operandsMax: 1,
}

/** See the head of the file. */
export const detectorsCommand = command(page, async ({ operands }, io) => {
  const width = Math.min(100, io.stdout.columns ?? 100)
  const [name] = operands
  io.stdout.write(name === undefined ? everything(width) : one(name, width))
  return exitCodes.ok
})

function everything(width: number): string {
  const rows = (table: Readonly<Record<string, { readonly about: string }>>): string[] =>
    Object.entries(table).map(([name, { about }]) => {
      const usual = name === tables.defaultDetector ? ' The default.' : ''
      return row(name, about + usual, width)
    })
  return [
    'Detectors:',
    ...rows(tables.detectors),
    '',
    'Score filters, which stand behind a detector (filters: [likelihood]):',
    ...rows(tables.scoreFilters),
    '',
  ].join('\n')
}

function one(name: string, width: number): string {
  const detector = Object.hasOwn(tables.detectors, name) ? tables.detectors[name] : undefined
  const filter = Object.hasOwn(tables.scoreFilters, name) ? tables.scoreFilters[name] : undefined
  if (detector !== undefined) {
    const usual = `Usual score filters: ${detector.filters.join(', ') || 'none'}.`
    return [name, '', wrapped(`${detector.about} ${usual}`, width, 2), options(detector, width)]
      .join('\n')
      .concat('\n')
  }
  if (filter !== undefined) {
    const place = `A score filter: options stand under \`${name}:\` in the rule.`
    return [name, '', wrapped(`${filter.about} ${place}`, width, 2), options(filter, width)]
      .join('\n')
      .concat('\n')
  }
  const names = [...Object.keys(tables.detectors), ...Object.keys(tables.scoreFilters)]
  const hint = didYouMean(name, names) || `; there are ${names.join(', ')}`
  throw usageError(`no detector or score filter "${name}"${hint}`)
}

/** `theta   A whole number from 2 to 100; default 7. What it does.` */
function options({ options: specs }: { readonly options: OptionSpecs }, width: number): string {
  return Object.entries(specs)
    .map(([code, spec]) => {
      const usual = `${allowed(spec)}; default ${optionText(spec, spec.default)}`
      return '\n' + row(yamlName(code), usual, width) + '\n' + wrapped(spec.about, width, 30)
    })
    .join('\n')
}
