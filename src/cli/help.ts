/** The text of `--help`, from the page of a command. */

import type { FlagSpec } from './arguments.ts'
import type { CommandPage } from './command.ts'

/** Widest that text is set, however wide the terminal is. */
const columnsMax = 100

/** Column that descriptions start in. */
const aboutColumn = 30

/** The help page, ending with a line break. */
export function helpText(page: CommandPage, columns: number): string {
  const width = Math.min(columnsMax, Math.max(60, columns))
  const parts = [`Usage: ${page.name}${page.usage === '' ? '' : ' ' + page.usage}`]
  for (const paragraph of page.about) parts.push(wrapped(paragraph, width, 0))
  const flags = [...Object.entries(page.flags), ['help', helpSpec] as const]
  const lines = flags.map(([name, flag]) => row(flagLabel(name, flag), flag.about, width))
  parts.push(['Options:', ...lines].join('\n'))
  if (page.examples.length > 0) {
    const examples = page.examples.map(({ line, does }) => `  ${line}\n      ${does}`)
    parts.push(['Examples:', ...examples].join('\n'))
  }
  return parts.join('\n\n') + '\n'
}

const helpSpec: FlagSpec = { short: 'h', about: 'Print this page and exit.' }

/** `  -c, --config FILE`. */
function flagLabel(name: string, flag: FlagSpec): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  const many = flag.many === true ? '…' : ''
  return `${short}--${name}${flag.value === undefined ? '' : ' ' + flag.value}${many}`
}

/** A label with its description beside it, or below it where the label is long. */
export function row(label: string, about: string, width: number): string {
  const text = wrapped(about, width, aboutColumn)
  if (label.length + 4 > aboutColumn) return `  ${label}\n${text}`
  return `  ${label}`.padEnd(aboutColumn) + text.slice(aboutColumn)
}

/** Text broken at spaces so that no line is over `width`, each line indented. */
export function wrapped(text: string, width: number, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each).join('\n')
}
