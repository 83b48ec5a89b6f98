/** Every query of the dashboards for PostgreSQL, asked as Grafana's role of what the sink wrote. */

import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtDashboards } from '../../deploy/grafana/description/dashboards.ts'
import type { Panel, RowPanel } from '../../deploy/grafana/description/grafana.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { PostgresSink } from '../../src/sinks/postgres.ts'
import { postgresSinkOptions } from '../../src/sinks/postgres/options.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { withMacros, withVariables } from './grafana-macros.ts'
import type { Looking } from './grafana-macros.ts'
import { PostgresServer, postgresMissing } from './postgres-server.ts'
import { writtenFigures, writtenReports } from './written-reports.ts'

const missing = postgresMissing()
const patience = new AbortController().signal
const hourMs = 3_600_000
const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== 'row'

describe.skipIf(missing !== undefined)(`dashboards${missing ? `: ${missing}` : ''}`, () => {
  let server: PostgresServer
  let reader: postgres.Sql
  let looking: Looking

  beforeAll(async () => {
    server = await PostgresServer.started()
    const place = { port: server.port, user: 'postgres', database: 'postgres' }
    const given = { ...place, readerRole: 'grafana_reader' }
    const sink = new PostgresSink(optionsWithDefaults(postgresSinkOptions, given), systemClock)
    const toMs = Date.now()
    await sink.write(writtenReports(toMs), patience)
    await sink.close()
    await server.rows(`create role grafana login in role grafana_reader`)
    const { port } = server
    reader = postgres({
      host: '127.0.0.1',
      port,
      database: 'postgres',
      username: 'grafana',
      max: 1,
    })
    looking = { fromMs: toMs - 2 * hourMs, toMs, intervalSeconds: 60, variables: {} }
  }, 180_000)
  afterAll(async () => {
    await reader.end({ timeout: 1 })
    await server.stop()
  })

  const asked = async (text: unknown, look: Looking): Promise<Record<string, unknown>[]> => {
    const rows = await reader.unsafe(withMacros(withVariables(String(text), look), look))
    return [...rows] as Record<string, unknown>[]
  }

  test('the role can write nothing', async () => {
    for (const statement of [
      `delete from forewarn.scores`,
      `insert into forewarn.migrations (version) values (99)`,
      `create table forewarn.mine (a int)`,
      `drop view forewarn.alarms`,
    ]) {
      await expect(reader.unsafe(statement)).rejects.toThrow(/permission denied|must be owner/)
    }
  })

  test.each(Object.entries(writtenFigures))('%s is as written', async (title, wanted) => {
    const found = builtDashboards().find(({ path }) => path === 'postgres/overview.json')
    const panel = found?.dashboard.panels.filter(isPanel).find((panel) => panel.title === title)
    const variables = { schema: 'forewarn' }
    const rows = await asked(panel?.targets[0]?.['rawSql'], { ...looking, variables })
    expect(numbersIn(rows)).toEqual([wanted])
  })

  for (const { path, store, dashboard } of builtDashboards()) {
    if (store !== 'postgres') continue
    describe(path, () => {
      let looks: Looking[]

      beforeAll(async () => {
        looks = [looking]
        for (const { name, type, query } of dashboard.templating.list) {
          if (type === 'datasource') continue
          if (type === 'constant') {
            const values = { [name]: String(query) }
            looks = looks.map((look) => ({ ...look, variables: { ...look.variables, ...values } }))
            continue
          }
          const wider: Looking[] = []
          for (const look of looks) {
            const rows = await asked(query, look)
            expect(rows).not.toHaveLength(0)
            for (const row of rows) {
              expect(String(row['__text'])).not.toBe('')
              const variables = { ...look.variables, [name]: String(row['__value']) }
              wider.push({ ...look, variables })
            }
          }
          looks = wider
        }
      })

      const panels = dashboard.panels.filter(isPanel)
      test.each(panels.map((panel) => [`${panel.id} ${panel.title}`, panel] as const))(
        '%s has rows',
        async (_, panel) => {
          for (const target of panel.targets) {
            const answers = await Promise.all(looks.map((look) => asked(target['rawSql'], look)))
            const rows = answers.flat()
            expect(rows, String(target['rawSql'])).not.toHaveLength(0)
            if (target['format'] === 'time_series') expectSeries(answers)
            if (panel.type === 'stat') expect(numbersIn(rows)).not.toHaveLength(0)
          }
          for (const { matcher } of panel.fieldConfig.overrides) {
            expect(await fieldsOf(panel), panel.title).toContain(matcher.options)
          }
        },
      )

      test('its marks have a time, an end and a text', async () => {
        for (const { target } of dashboard.annotations.list) {
          const rows = (
            await Promise.all(looks.map((look) => asked(target['rawSql'], look)))
          ).flat()
          expect(rows.length).toBeGreaterThan(0)
          expect(Object.keys(rows[0] ?? {})).toEqual(['time', 'timeend', 'text', 'tags'])
          expect(rows.some(({ timeend }) => timeend instanceof Date)).toBe(true)
        }
      })

      /** Names of fields, and of series where a column `metric` names them. */
      async function fieldsOf(panel: Panel): Promise<Set<string>> {
        const names = new Set<string>()
        for (const { rawSql } of panel.targets) {
          for (const look of looks) {
            for (const row of await asked(rawSql, look)) {
              for (const name of Object.keys(row)) names.add(name)
              if ('metric' in row) names.add(String(row['metric']))
            }
          }
        }
        return names
      }
    })
  }
})

/** Sorted by a column `time`, with a number beside it. */
function expectSeries(answers: readonly Record<string, unknown>[][]): void {
  for (const rows of answers) {
    const times = rows.map(({ time }) => Number(time))
    expect(times.every(Number.isFinite)).toBe(true)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  }
  expect(numbersIn(answers.flat())).not.toHaveLength(0)
}

function numbersIn(rows: readonly Record<string, unknown>[]): number[] {
  return rows
    .flatMap((row) => Object.entries(row))
    .filter(([name, value]) => name !== 'time' && name !== 'metric' && value !== null)
    .map(([, value]) => Number(value))
    .filter(Number.isFinite)
}
