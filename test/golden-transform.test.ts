/**
 * Golden cases of the transforms: test/golden/transform-*: a configuration whose one source names
 * the codec, what comes in, and what goes on to the catalog. `UPDATE=1` rewrites what is expected.
 *
 *   name:field{label="value"} value timestamp      the timestamp in milliseconds, with what is
 *                                                  below one as decimals
 *   refused out_of_order: net:bytes_recv 12        what could not be used
 */

import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/load.ts'
import { tables } from '../src/config/tables.ts'
import type { Observation } from '../src/core/observation.ts'
import type { Report } from '../src/core/report.ts'

const root = join(import.meta.dirname, 'golden')

/** When everything is received: after any timestamp of the cases. */
const receivedMs = 2_000_000_000_000

/** What goes on to the catalog, and what is refused on the way, for payloads in order. */
function transformed(folder: string, payloads: readonly string[]): string {
  const text = readFileSync(join(root, folder, 'forewarn.yaml'), 'utf8')
  const file = { name: 'forewarn.yaml', text }
  const config = loadConfig({ file, environment: {}, sets: [] }, tables)
  const codec = config.sources[0]?.codec ?? { type: 'influx', options: {} }
  const decoder = tables.decoders[codec.type]?.create(codec.options)
  const transforms = config.transforms.map(({ type, options }) => {
    return tables.transforms[type]?.create(options)
  })
  let lines = ''
  payloads.forEach((payload, offset) => {
    const origin = { partition: 'golden', offset, receivedMs }
    let observations: Observation[] = []
    const refused: Report[] = []
    const rejections = decoder?.decode(new TextEncoder().encode(payload), origin, observations)
    for (const transform of transforms) {
      const output: Observation[] = []
      transform?.apply(observations, output, refused)
      observations = output
    }
    lines += observations.map(observationLine).join('')
    for (const { reason, text: what } of [...(rejections ?? []), ...refused.filter(isRejection)]) {
      lines += `refused ${reason}: ${what}\n`
    }
  })
  return lines
}

function observationLine({ labels, value, timestampMs, remainderNs }: Observation): string {
  const rest = remainderNs === 0 ? '' : `.${String(remainderNs).padStart(6, '0')}`
  return `${labels.key} ${value} ${timestampMs}${rest}\n`
}

function isRejection(report: Report): report is Report & { kind: 'rejection' } {
  return report.kind === 'rejection'
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== '')
}

describe('transforms', () => {
  const folders = readdirSync(root).filter((name) => name.startsWith('transform-'))
  test.each(folders)('%s', (folder) => {
    const path = join(root, folder, 'expected.txt')
    const input = readFileSync(join(root, folder, 'input.txt'), 'utf8')
    const text = transformed(folder, linesOf(input))
    if (process.env['UPDATE'] === '1') writeFileSync(path, text)
    expect(text).toBe(readFileSync(path, 'utf8'))
    // The same where all lines come in one payload; only the order of refusals may differ.
    expect(linesOf(transformed(folder, [input])).sort()).toEqual(linesOf(text).sort())
  })
})
