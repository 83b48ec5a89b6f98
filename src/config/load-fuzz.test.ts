/** Whatever is written in a configuration, the answer is a configuration or a list of faults. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ForewarnError } from '../core/errors.ts'
import { loadConfig } from './load.ts'
import { tables } from './tables.ts'

const demo = readFileSync(join(import.meta.dirname, '../../examples/demo.yaml'), 'utf8')

/** True if it loads or has faults that name their place; anything else is thrown on. */
function answered(text: string, environment: Readonly<Record<string, string>> = {}): boolean {
  try {
    loadConfig({ file: { name: 'f.yaml', text }, environment, sets: [] }, tables)
    return true
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error
    expect(error.code).toBe('ERR_CONFIG_INVALID')
    expect(error.message).toMatch(/^the configuration f\.yaml has \d+ faults?:\n {2}/)
    return true
  }
}

test('of any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => answered(text)))
})

test('of any text with the marks of YAML in it', () => {
  const mark = fc.constantFrom(
    ...'{}[]:,-?&*!|>%@`"\'#\n '.split(''),
    '<<: ',
    '${',
    'x-a',
    '&a ',
    '*a',
  )
  const piece = fc.oneof(
    mark,
    fc.constantFrom('sources', 'host', 'type', 'match', '__proto__', '1'),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => answered(pieces.join(''))),
    { numRuns: 500 },
  )
})

test('of a right file with a piece taken out, put in or doubled', () => {
  const place = fc.nat(demo.length)
  const length = fc.nat(40)
  fc.assert(
    fc.property(place, length, fc.string({ maxLength: 5 }), (at, size, put) => {
      return answered(demo.slice(0, at) + put + demo.slice(at + size))
    }),
    { numRuns: 200 },
  )
})

test('of any override from the environment', () => {
  const word = fc.constantFrom(
    'SERVER',
    'LISTEN',
    'SOURCES',
    'HOST',
    'DETECTORS',
    '0',
    '9',
    'X',
    '',
  )
  const name = fc
    .array(word, { minLength: 2, maxLength: 4 })
    .map((words) => `FOREWARN_${words.join('__')}`)
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), (environment) => answered(demo, environment)),
  )
})
