/**
 * The dashboards against the types that Grafana publishes of its dashboard model, panels included,
 * for the last release of each major version. The package is fetched from the npm registry into a
 * temporary folder; where that cannot be reached, the run says so, and with CI set that is a fault.
 *
 * Grafana itself is in no registry that packages come from, so its server does not run here.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtDashboards } from '../../deploy/grafana/description/dashboards.ts'
import type { Dashboard, Panel, RowPanel } from '../../deploy/grafana/description/grafana.ts'

const versions = ['11.6.16', '12.4.11', '13.2.3']
const compiler = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'tsc')
const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== 'row'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-grafana-'))
const missing = fetched()
if (missing !== undefined) console.warn(`skipped: ${missing}`)

/** Why the types are not there; undefined where they are. */
function fetched(): string | undefined {
  for (const version of versions) {
    const place = join(folder, version)
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', place]
    const how = { stdio: 'ignore', timeout: 120_000 } as const
    if (spawnSync('npm', ['install', ...flags, `@grafana/schema@${version}`], how).status === 0) {
      continue
    }
    const message = `@grafana/schema ${version} cannot be fetched`
    if (process.env['CI'] === 'true') throw new Error(message)
    return message
  }
  return undefined
}

/** What panels are of, by the folder of their types. */
const panelFolders: Readonly<Record<string, string>> = {
  timeseries: 'timeseries',
  stat: 'stat',
  table: 'table',
  'state-timeline': 'statetimeline',
}

/** A program that holds only if the dashboards are of the published types. */
function program(place: string, dashboards: readonly Dashboard[]): string {
  const types = Object.entries(panelFolders).map(([panel, folder]) => {
    const pattern = `node_modules/@grafana/schema/dist/*/raw/composable/${folder}/panelcfg/x/*.d.ts`
    const [found] = globSync(pattern, { cwd: place })
    if (found === undefined) throw new Error(`no types of ${panel} in ${place}`)
    return { name: panel.replace('-', ''), path: `./${found.replace('.d.ts', '')}` }
  })
  const lines = types.map(({ name, path }) => `import type * as ${name} from '${path}'`)
  // Enums are written as their values.
  lines.push(`import type { Dashboard } from '@grafana/schema'
type Written<T> = T extends string ? \`\${T}\`
  : T extends number ? (\`\${T}\` extends \`\${infer N extends number}\` ? N : never)
  : T extends boolean ? T
  : T extends readonly (infer E)[] ? Written<E>[]
  : T extends object ? { [K in keyof T]: Written<T[K]> } : T
type Field<T> = Partial<Written<T>>`)
  for (const { annotations, ...rest } of dashboards) {
    // Their target is typed as that of Grafana's own annotations, whatever the data source.
    const leaveTarget = (name: string, value: unknown) => (name === 'target' ? undefined : value)
    const marks: unknown = JSON.parse(JSON.stringify(annotations, leaveTarget))
    const text = JSON.stringify({ ...rest, annotations: marks })
    lines.push(`export const d${lines.length}: Written<Dashboard> = ${text}`)
    for (const { type, options, fieldConfig } of rest.panels.filter(isPanel)) {
      const name = type.replace('-', '')
      const given = JSON.stringify(options)
      lines.push(`export const o${lines.length}: Written<${name}.Options> = ${given}`)
      if (type === 'stat') continue
      const customs = [fieldConfig.defaults['custom']]
      for (const { properties } of fieldConfig.overrides) {
        const own = properties.filter(({ id }) => id.startsWith('custom.'))
        const custom = own.map(({ id, value }) => [id.replace('custom.', ''), value])
        customs.push(Object.fromEntries(custom))
      }
      for (const custom of customs) {
        const text = JSON.stringify(custom)
        lines.push(`export const f${lines.length}: Field<${name}.FieldConfig> = ${text}`)
      }
    }
  }
  return lines.join('\n')
}

/** What the compiler says of a program in that place. */
function complaints(place: string, text: string): string {
  writeFileSync(join(place, 'check.ts'), text)
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--types', '']
  const how = ['--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2024']
  try {
    execFileSync(compiler, [...flags, ...how, 'check.ts'], { cwd: place, encoding: 'utf8' })
    return ''
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error)
  }
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(missing !== undefined).each(versions)('Grafana %s', (version) => {
  const place = join(folder, version)
  const dashboards = builtDashboards().map(({ dashboard }) => dashboard)
  let planted: Dashboard
  beforeAll(() => (planted = structuredClone(dashboards[0] as Dashboard)))

  test('every dashboard and every panel is of its types', () => {
    expect(complaints(place, program(place, dashboards))).toBe('')
  })

  test('a planted fault is found', () => {
    const panel = planted.panels.find(isPanel)
    Object.assign(panel?.options ?? {}, { colorMode: 'colourful' })
    expect(complaints(place, program(place, [planted]))).toMatch(/colourful/)
    Object.assign(planted, { graphTooltip: 7 })
    expect(complaints(place, program(place, [planted]))).toMatch(/graphTooltip|'7'|type '7/)
  })
})
