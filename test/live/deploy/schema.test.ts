/** The stacks against the published schema of the Compose Specification (compose-spec.NOTICE). */

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { root, stacks } from '../../deploy/stack.ts'

const python = '/usr/bin/python3'

/** Why the schema cannot be asked here; undefined where it can. With CI set, throws instead. */
function validatorMissing(): string | undefined {
  if (spawnSync(python, ['-c', 'import jsonschema']).status === 0) return undefined
  const message = 'no jsonschema for Python (Debian: python3-jsonschema)'
  if (process.env['CI'] === 'true') throw new Error(message)
  return message
}

const validator = `
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
checker = jsonschema.validators.validator_for(schema)(schema)
for fault in checker.iter_errors(json.load(sys.stdin)):
    print('/'.join(map(str, fault.absolute_path)), fault.message)
`

/** What the schema has against a document, a line a fault. */
function faults(document: unknown): string {
  const schema = join(import.meta.dirname, 'compose-spec.json')
  const input = JSON.stringify(document)
  return execFileSync(python, ['-c', validator, schema], { input, encoding: 'utf8' })
}

const missing = validatorMissing()

describe.skipIf(missing !== undefined)(`compose schema${missing ? `: ${missing}` : ''}`, () => {
  test.each(['parts.yaml', ...stacks.map((name) => `${name}/compose.yaml`)])('%s', (file) => {
    const text = readFileSync(join(root, 'deploy', 'compose', file), 'utf8')
    expect(faults(parse(text, { merge: true }))).toBe('')
  })

  test('finds what is wrong', () => {
    expect(faults({ services: { x: { imag: 'y' } } })).toMatch(/^services\/x .*'imag'/)
  })
})
