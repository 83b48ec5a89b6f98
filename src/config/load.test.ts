import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Config } from './config.ts'
import { configFile, loadConfig } from './load.ts'
import { originText } from './origin.ts'
import { tables } from './tables.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const source = 'sources: { host: { type: host } }\n'

function loaded(
  text: string,
  environment: Readonly<Record<string, string>> = {},
  sets: readonly string[] = [],
): Config {
  const file = { name: 'forewarn.yaml', text: source + text }
  return loadConfig({ file, environment, sets }, tables)
}

/** Where the value at a path comes from, as `check` prints it. */
function originOf(config: Config, path: string): string {
  const setting = config.settings.find((each) => each.path.join('.') === path)
  return setting === undefined ? 'not printed' : originText(setting.origin)
}

describe('what holds', () => {
  const text = 'server: { listen: ":1" }'
  const environment = { FOREWARN_SERVER__LISTEN: ':2' }

  test('is the default where nothing is written', () => {
    expect(loaded('').server.listen).toBe('127.0.0.1:8686')
    expect(originOf(loaded(''), 'server.listen')).toBe('default')
  })

  test('is the file before the default', () => {
    expect(loaded(text).server.listen).toBe(':1')
    expect(originOf(loaded(text), 'server.listen')).toBe('forewarn.yaml:2')
  })

  test('is the environment before the file', () => {
    expect(loaded(text, environment).server.listen).toBe(':2')
    expect(originOf(loaded(text, environment), 'server.listen')).toBe('FOREWARN_SERVER__LISTEN')
  })

  test('is a flag before the environment', () => {
    const config = loaded(text, environment, ['server.listen=:3'])
    expect(config.server.listen).toBe(':3')
    expect(originOf(config, 'server.listen')).toBe('--set server.listen')
  })
})

describe('a secret', () => {
  test('is read from its file, without the line break at the end, and is not printed', () => {
    const path = written('token', 'hunter2\n')
    const config = loaded(`server: { token_file: ${path} }`)
    expect(config.server.token).toBe('hunter2')
    expect(config.secrets).toEqual(['hunter2'])
    expect(JSON.stringify(config.settings)).not.toContain('hunter2')
    expect(originOf(config, 'server.token_file')).toBe('forewarn.yaml:2')
  })

  test('may have its file named by the environment, as in a container', () => {
    const path = written('docker-secret', 'hunter2')
    expect(loaded('', { FOREWARN_SERVER__TOKEN_FILE: path }).server.token).toBe('hunter2')
  })

  test('prints as *** where it is in the configuration itself', () => {
    const { settings, secrets } = loaded('server: { token: hunter2 }')
    const token = settings.find(({ path }) => path.join('.') === 'server.token')
    expect(token?.text).toBe('"***"')
    expect(secrets).toEqual(['hunter2'])
  })

  function f(text: string, want: RegExp): void {
    test(`is refused: ${want.source}`, () => expect(() => loaded(text)).toThrow(want))
  }

  f('server: { token_file: /no/such/file }', /server\.token: cannot read the file .*: ENOENT/)
  f(
    `server: { token: x, token_file: ${written('twice', 'y')} }`,
    /server\.token: expected the value or its file, found both/,
  )
  f(
    `server: { token_file: ${written('long', 'x'.repeat(65_537))} }`,
    /server\.token: the file .* is over 64KiB/,
  )
})

describe('without a section', () => {
  test('every series is judged by the usual detector, and page and log are there', () => {
    const { rules, sinks } = loaded('')
    expect(rules.map(({ match, detector }) => [match, detector?.type])).toEqual([
      ['*', tables.defaultDetector],
    ])
    expect(sinks.map(({ name, type }) => [name, type])).toEqual([
      ['page', 'dashboard'],
      ['log', 'console'],
    ])
  })

  test('a section that is there and empty means none', () => {
    const { rules, sinks } = loaded('detectors: []\nsinks: {}')
    expect(rules).toEqual([])
    expect(sinks).toEqual([])
  })
})

describe('a rule', () => {
  test('without a name is called by its pattern, so that moving it changes no alarm', () => {
    const { rules } = loaded('detectors: [{ match: "cpu:*" }, { match: { host: vm1 } }]')
    expect(rules.map((rule) => (rule.detector === undefined ? '' : rule.name))).toEqual([
      'cpu:*',
      '{"host":"vm1"}',
    ])
  })

  test('has durations in milliseconds under their names in code', () => {
    const { rules } = loaded('detectors: [{ match: "*", alarm: { hold: 90s } }]')
    expect(rules[0]).toMatchObject({ alarm: { holdMs: 90_000, keepFiringMs: 60_000 } })
  })
})

describe('score filters', () => {
  function judged(rule: string) {
    const [first] = loaded(`detectors: [{ match: "*", detector: sma, ${rule} }]`).rules
    if (first?.detector === undefined) throw new Error('the rule judges nothing')
    return first.filters
  }

  test('are the usual ones of the detector, with the threshold of the alarm', () => {
    const filters = judged('alarm: { threshold: .9 }')
    expect(filters.map(({ type }) => type)).toEqual(['rest'])
    expect(filters[0]?.options['threshold']).toBe(0.9)
  })

  test('keep a threshold of their own where they are told one', () => {
    expect(judged('rest: { threshold: .8 }')[0]?.options['threshold']).toBe(0.8)
  })

  test('a budget that is none is a fault with what is allowed', () => {
    expect(() => judged('alarm: { budget: 1 a week }')).toThrow(/budget: expected none, or such/)
    expect(judged('alarm: { budget: 1 per week }')).toBeDefined()
  })

  test.each(['hold: 10s', 'needed: 3, window: 5'])(
    'that would mute what %s waits for are not among the usual ones',
    (alarm) => expect(judged(`alarm: { ${alarm} }`)).toEqual([]),
  )
})

describe('a detector that rests by itself', () => {
  const rule = (text: string): unknown => loaded(`detectors: [{ match: "*", ${text} }]`).rules[0]

  test.each(['hold: 10s', 'needed: 3, window: 5'])('does not where the alarm has %s', (alarm) => {
    expect(rule(`detector: auto, alarm: { ${alarm} }`)).toMatchObject({
      detector: { options: { head: 'sample' } },
    })
    expect(rule('detector: auto')).toMatchObject({ detector: { options: { head: 'alarm' } } })
  })

  test('and may not be told to', () => {
    expect(() => rule('detector: auto, head: score, alarm: { hold: 10s }')).toThrow(
      /"score" keeps scores down after one anomalous sample.*expected "sample"/,
    )
  })
})

describe('the file', () => {
  test('is the one named, else FOREWARN_CONFIG, else an error that says how to name one', () => {
    const path = written('a.yaml', source)
    expect(configFile(path, {}).text).toBe(source)
    expect(configFile(undefined, { FOREWARN_CONFIG: path }).name).toBe(path)
    expect(() => configFile(undefined, {})).toThrow(/forewarn\.yaml: ENOENT; name one with/)
    expect(() => configFile(join(folder, 'none'), {})).toThrow(/ENOENT$/)
  })

  test('of over 1 MiB is not read', () => {
    const path = written('big.yaml', '#'.repeat(1_048_577))
    expect(() => configFile(path, {})).toThrow(/over 1MiB/)
  })

  test('may be JSON', () => {
    const file = { name: 'f.json', text: '{"sources":{"h":{"type":"host","every":"5s"}}}' }
    const { sources } = loadConfig({ file, environment: {}, sets: [] }, tables)
    expect(sources[0]?.options['everyMs']).toBe(5000)
  })
})
