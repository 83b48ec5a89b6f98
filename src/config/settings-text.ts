/** The settings of a configuration as the file would say them, each with where it comes from. */

import type { Setting } from './config.ts'
import { originText } from './origin.ts'

/** Comments begin no further right than this, however long a value is. */
const commentColumnMax = 56

/** A setting, or what is below a key. */
type Branch = Map<string | number, Branch | Setting>

interface Line {
  readonly text: string
  readonly setting: Setting | undefined
}

/**
 *   sources:
 *     host:
 *       type: host          # forewarn.yaml:3
 *       every: 1s           # default
 */
export function settingsText(settings: readonly Setting[]): string {
  const lines = branchLines(treeOf(settings), '')
  const longest = Math.max(0, ...lines.map(({ text }) => text.length))
  const column = Math.min(longest + 2, commentColumnMax)
  return lines.map((line) => lineText(line, column) + '\n').join('')
}

function lineText({ text, setting }: Line, column: number): string {
  if (setting === undefined) return text
  return `${text.padEnd(column - 2)}  # ${originText(setting.origin)}`
}

function treeOf(settings: readonly Setting[]): Branch {
  const root: Branch = new Map()
  for (const setting of settings) {
    let here = root
    for (const step of setting.path.slice(0, -1)) {
      const there = here.get(step)
      const next: Branch = there instanceof Map ? there : new Map()
      here.set(step, next)
      here = next
    }
    here.set(setting.path.at(-1) ?? '', setting)
  }
  return root
}

function branchLines(branch: Branch, indent: string): Line[] {
  const lines: Line[] = []
  for (const [key, child] of branch) {
    if (typeof key === 'number') lines.push(...itemLines(child, indent))
    else if (child instanceof Map) {
      lines.push({ text: `${indent}${key}:`, setting: undefined })
      lines.push(...branchLines(child, indent + '  '))
    } else lines.push({ text: `${indent}${key}: ${child.text}`, setting: child })
  }
  return lines
}

/** A list's item: its first line begins with a hyphen. */
function itemLines(child: Branch | Setting, indent: string): Line[] {
  if (!(child instanceof Map)) return [{ text: `${indent}- ${child.text}`, setting: child }]
  const deeper = indent + '  '
  return branchLines(child, deeper).map(({ text, setting }, i) => ({
    text: i === 0 ? `${indent}- ${text.slice(deeper.length)}` : text,
    setting,
  }))
}
