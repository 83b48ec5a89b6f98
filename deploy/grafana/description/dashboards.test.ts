import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { builtDashboards } from './dashboards.ts'
import type { GridPos, Panel, RowPanel } from './grafana.ts'
import { stores } from './stores.ts'

const folder = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== 'row'
const built = builtDashboards()

test('what is committed is what is built: else npm run dashboards', () => {
  const committed = globSync('**/*.json', { cwd: join(folder, 'dashboards') })
  expect(committed.toSorted()).toEqual(built.map(({ path }) => path).toSorted())
  for (const { path, dashboard } of built) {
    expect(JSON.parse(read(`dashboards/${path}`)), path).toEqual(dashboard)
  }
})

test('a uid is no longer than Grafana keeps it, and stands once', () => {
  const uids = built.map(({ dashboard }) => dashboard.uid)
  expect(new Set(uids).size).toBe(uids.length)
  for (const uid of uids) expect(uid).toMatch(/^[a-z-]{1,40}$/)
})

describe.each(built)('$path', ({ dashboard }) => {
  test('its panels have ids and places of their own', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const places = dashboard.panels.map(({ gridPos }) => gridPos)
    for (const [i, place] of places.entries()) {
      expect(place.x + place.w).toBeLessThanOrEqual(24)
      for (const other of places.slice(i + 1)) expect(overlap(place, other)).toBe(false)
    }
  })

  test('every panel says what it shows, and asks at least once', () => {
    for (const { title, description, targets } of dashboard.panels.filter(isPanel)) {
      expect(title).not.toBe('')
      expect(description, title).toMatch(/\.$/)
      expect(targets.length, title).toBeGreaterThan(0)
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
    }
  })

  test('it names no variable that it does not have', () => {
    const known = new Set(dashboard.templating.list.map(({ name }) => name))
    for (const name of ['__interval', '__rate_interval', '__data', '__url_time_range', '__all']) {
      known.add(name)
    }
    for (const [, name] of JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)) {
      if (!/^__time(Filter|From|To|GroupAlias)$/.test(name ?? '')) expect(known).toContain(name)
    }
  })

  test('a click on a series opens a dashboard that there is', () => {
    const uids = built.map(({ dashboard: { uid } }) => uid)
    for (const [, uid] of JSON.stringify(dashboard).matchAll(/"\/d\/([\w-]+)/g)) {
      expect(uids).toContain(uid)
    }
  })
})

test('health asks for metrics that the program has, by labels that they have', () => {
  const page = readFileSync(join(folder, '..', '..', 'docs', 'reference', 'metrics.md'), 'utf8')
  const rows = page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)
  const metrics = new Map([...rows].map(([, name, kind, labels]) => [name, { kind, labels }]))
  const health = built.find(({ path }) => path === 'prometheus/health.json')
  const asked = new Set<string>()
  for (const { targets } of health?.dashboard.panels.filter(isPanel) ?? []) {
    for (const { expr } of targets) {
      for (const [whole] of String(expr).matchAll(/\b(?:forewarn|process|nodejs)_\w+/g)) {
        const metric = metrics.get(whole) ?? metrics.get(whole.replace(/_bucket$/, ''))
        expect(metric, whole).toBeDefined()
        expect(metric?.kind === 'histogram', whole).toBe(whole.endsWith('_bucket'))
        expect(metric?.kind === 'counter', whole).toBe(
          /(rate|increase)\(/.test(String(expr)) && !whole.endsWith('_bucket'),
        )
        for (const [, by = ''] of String(expr).matchAll(/by \(([^)]*)\)/g)) {
          for (const label of by.split(', ')) {
            if (label !== 'le' && label !== 'instance') expect(metric?.labels).toContain(label)
          }
        }
        asked.add(whole)
      }
    }
  }
  expect(asked.size).toBeGreaterThan(20)
})

describe('provisioning', () => {
  test.each(Object.entries(stores))(
    '%s is the data source that is asked',
    (name, { uid, plugin }) => {
      const { datasources } = parse(read(`provisioning/datasources/forewarn-${name}.yaml`)) as {
        datasources: Record<string, unknown>[]
      }
      expect(datasources).toMatchObject([{ uid, type: plugin, access: 'proxy', editable: false }])
      const secret = datasources[0]?.['secureJsonData'] as { password: string } | undefined
      if (secret !== undefined) expect(secret.password).toMatch(/^\$__file\{/)
    },
  )

  test('dashboards come from files, into a folder of their own', () => {
    const { providers } = parse(read('provisioning/dashboards/forewarn.yaml')) as {
      providers: unknown[]
    }
    expect(providers).toMatchObject([{ type: 'file', folder: 'Forewarn', allowUiUpdates: false }])
  })
})

function overlap(one: GridPos, other: GridPos): boolean {
  const isBeside = one.x + one.w <= other.x || other.x + other.w <= one.x
  return !isBeside && one.y < other.y + other.h && other.y < one.y + one.h
}
