/**
 * The generated pages of docs/reference: every option and every error code, from the declarations
 * that the program itself uses.
 */

import { allowed, optionText } from '../src/config/option-value.ts'
import { tables } from '../src/config/tables.ts'
import { errorCodes } from '../src/core/errors.ts'
import { yamlName } from '../src/core/options.ts'
import type { OptionSpecs } from '../src/core/options.ts'

interface Row {
  readonly about: string
  readonly options: OptionSpecs
}

/** docs/reference/options.md. */
export function optionsPage(): string {
  return [
    '# Options',
    generated,
    'One YAML file holds the configuration. `forewarn check` prints every value that holds with ' +
      'its origin; [first steps](../guides/first-steps.md) shows a file. Precedence: flags, then ' +
      'the environment (`FOREWARN_SECTION__KEY`), then the file, then the defaults below.',
    kindsText,
    ...section('sources', 'Where samples come from, by a name of your choice.', tables.sources, {
      further:
        '`codec`: the format of the bytes, one of those [below](#codecs), as `codec: csv` or ' +
        '`codec: { type: csv, … }`.',
    }),
    ...section(
      'codecs',
      'Formats of what sources send, under `codec:` of a source.',
      tables.decoders,
    ),
    ...section('transforms', 'A list; each takes what the one before it left.', tables.transforms),
    '## detectors',
    rulesText,
    ...Object.entries(tables.detectors).map(([name, row]) => {
      const filters = row.filters.length === 0 ? 'none' : row.filters.join(', ')
      const usual = name === tables.defaultDetector ? ' The default.' : ''
      return component(name, { ...row, about: `${row.about}${usual} Usual filters: ${filters}.` })
    }),
    '## Score filters',
    'Behind a detector, in the order of `filters:`; options stand under their names in the rule.',
    ...Object.entries(tables.scoreFilters).map(([name, row]) => component(name, row)),
    '## alarm',
    'When an alarm fires and resolves: `alarm:` in a rule of `detectors`.',
    table(tables.alarm),
    ...section('sinks', 'Where reports go, by a name of your choice.', tables.sinks, {
      further: '`delivery`: queue, batches and retries, [below](#delivery).',
    }),
    '## delivery',
    'Queue, batches and retries of a sink: `delivery:` in each of `sinks`.',
    table(tables.delivery),
    ...single(
      'series',
      'The limit on series, and what a sample must be to be taken.',
      tables.series,
    ),
    ...single('server', 'The one HTTP listener: page, API, `/metrics` and health.', tables.server),
    ...single('store', 'What survives a restart, and where it is kept.', tables.store),
    ...single(
      'history',
      'Scores and alarms of the past, in the folder of the store.',
      tables.history,
    ),
    ...single('telemetry', 'What the program says about itself.', tables.telemetry),
    '## In no section',
    'At the top of the file.',
    table(tables.program),
  ]
    .join('\n\n')
    .concat('\n')
}

const generated = '<!-- Generated from the declarations in src; UPDATE=1 npm test rewrites it. -->'

const kindsText = [
  'Durations are `250ms`, `30s`, `5m`, `1h30m`, `7d`; sizes are `512B`, `64KiB`, `10MB`. A pattern',
  'is a glob over the series key (`cpu:usage_*`), a map of label to glob',
  '(`{ __name__: cpu, host: "vm*" }`), or a list of these. `${NAME}` and `${NAME:-default}` in a',
  'value are replaced by a variable of the environment; `$${` stands for `${`. A secret `token`',
  'may stand in a file instead: `token_file`. Top-level keys that begin with `x-` are passed over:',
  'a place for YAML anchors.',
].join('\n')

const usualDetector = `\`${tables.defaultDetector}\``

const rulesText = [
  'A list of rules. The first rule that matches a series says how it is judged; a series that no',
  'rule matches is not judged. Without the section every series is judged by',
  `\`${tables.defaultDetector}\`. Each rule has:`,
  '',
  '| key | meaning |',
  '|---|---|',
  '| `match` | Which series: a pattern. Required. |',
  '| `name` | Name of the rule in alarms and their ids. Default: its pattern. |',
  `| \`detector\` | One of those below, or \`none\`: not judged. Default: ${usualDetector}. |`,
  '| `filters` | Score filters behind it, in order. Default: the detector’s usual ones, without ' +
    '`rest` where `hold` or `needed` ask for more than one anomalous sample. |',
  '| `alarm` | When an alarm fires and resolves: [alarm](#alarm). |',
  '',
  'and the options of its detector and, under their names, of its filters.',
].join('\n')

function section(
  name: string,
  about: string,
  rows: Readonly<Record<string, Row>>,
  { further = '' } = {},
): string[] {
  const all = Object.entries(rows).map(([type, row]) => component(type, row))
  return [`## ${name}`, about, ...(further === '' ? [] : [`Each also has ${further}`]), ...all]
}

function single(name: string, about: string, specs: OptionSpecs): string[] {
  return [`## ${name}`, about, table(specs)]
}

function component(name: string, row: Row): string {
  const options = Object.keys(row.options).length === 0 ? 'No options.' : table(row.options)
  return `### ${name}\n\n${row.about}\n\n${options}`
}

function table(specs: OptionSpecs): string {
  const rows = Object.entries(specs).map(([name, spec]) => {
    const cells = [`\`${yamlName(name)}\``, allowed(spec), `\`${optionText(spec, spec.default)}\``]
    const secret = spec.secret === true ? ` A secret: \`${yamlName(name)}_file\` works too.` : ''
    return [...cells, spec.about + secret].map((cell) => cell.replaceAll('|', '\\|'))
  })
  return ['| option | takes | default | meaning |', '|---|---|---|---|']
    .concat(rows.map((cells) => `| ${cells.join(' | ')} |`))
    .join('\n')
}

/** docs/reference/errors.md. */
export function errorsPage(): string {
  const lines = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return [
    '# Error codes',
    generated,
    'Every error that the program ends or logs with has one of these codes. Refused samples are ' +
      'not errors: they are counted by reason and shown on the page.',
    ['| code | meaning |', '|---|---|', ...lines].join('\n'),
    'Exit codes: 2 for `ERR_CLI_USAGE`, 78 for `ERR_CONFIG_…`, 1 for all others.',
  ]
    .join('\n\n')
    .concat('\n')
}
