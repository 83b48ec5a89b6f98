/**
 * The real Telegraf, where there is one: it is in no Debian package. `FOREWARN_TELEGRAF` names its
 * program, else it is looked for on the path. To build one from its Go module, with what the stacks
 * need of it (four minutes of two cores):
 *
 *   node test/live/deploy/telegraf.ts /tmp/telegraf
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The version of the stacks' image. */
const version = 'v1.37.2'

const parts = [
  ...['cpu', 'disk', 'diskio', 'mem', 'net', 'swap', 'system', 'kafka_consumer', 'file'].map(
    (each) => `inputs.${each}`,
  ),
  ...['file', 'graphite', 'http', 'influxdb_v2', 'kafka', 'postgresql'].map(
    (each) => `outputs.${each}`,
  ),
  'parsers.influx',
  'serializers.graphite',
  'serializers.influx',
  'serializers.json',
  'secretstores.docker',
]

/** The program; undefined where there is none. */
export function telegraf(): string | undefined {
  const named = process.env['FOREWARN_TELEGRAF'] ?? 'telegraf'
  return spawnSync(named, ['--version']).status === 0 ? named : undefined
}

function build(target: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-telegraf-'))
  const source = 'github.com/influxdata/telegraf'
  writeFileSync(join(folder, 'go.mod'), `module build\n\nrequire ${source} ${version}\n`)
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' }
  const go = (cwd: string, ...words: string[]) =>
    execFileSync('go', words, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const { Dir: module } = JSON.parse(go(folder, 'mod', 'download', '-json', source)) as {
    Dir: string
  }
  const tags = ['custom', ...parts].join(',')
  const stamp = `-s -w -X ${source}/internal.Version=${version.slice(1)}`
  env.GOFLAGS = '-mod=readonly'
  go(module, 'build', '-tags', tags, '-ldflags', stamp, '-o', resolve(target), './cmd/telegraf')
  rmSync(folder, { recursive: true, force: true })
}

if (import.meta.main) build(process.argv[2] ?? 'telegraf')
