/** Every target of the dashboards for Graphite, asked of what the sink wrote to a real Carbon. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { builtDashboards } from '../../deploy/grafana/description/dashboards.ts'
import type { Panel, RowPanel } from '../../deploy/grafana/description/grafana.ts'
import { GraphiteScoresEncoder, graphiteScoresOptions } from '../../src/codecs/graphite-scores.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { GraphiteSink, graphiteSink, graphiteSinkOptions } from '../../src/sinks/graphite.ts'
import { withVariables } from './grafana-macros.ts'
import type { Looking } from './grafana-macros.ts'
import { GraphiteServer, graphiteMissing } from './graphite-server.ts'
import type { GraphiteAnswer } from './graphite-server.ts'
import { writtenFigures, writtenKeys, writtenReports } from './written-reports.ts'

const missing = graphiteMissing()
const patience = new AbortController().signal
const hourMs = 3_600_000
/** As wide as a chart of Grafana asks for. */
const pointsMax = '1000'
const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== 'row'

describe.skipIf(missing !== undefined)(`dashboards${missing ? `: ${missing}` : ''}`, () => {
  let server: GraphiteServer
  let looking: Looking

  beforeAll(async () => {
    server = await GraphiteServer.started()
    const options = optionsWithDefaults(graphiteSinkOptions, { port: server.linePort })
    const chosen = optionsWithDefaults(graphiteScoresOptions, graphiteSink.encoderOptions(options))
    const sink = new GraphiteSink(options, new GraphiteScoresEncoder(chosen))
    const toMs = Date.now()
    const reports = writtenReports(toMs)
    await sink.write(reports, patience)
    await sink.close()
    looking = { fromMs: toMs - 2 * hourMs, toMs, intervalSeconds: 60, variables: {} }
    const written = 'group(pensu.*.*.*.*.*, pensu.*.*.*.*.*.*)'
    const isThere = async (): Promise<boolean> => {
      return (await server.answers(written, range())).length === 11 * writtenKeys.length
    }
    await vi.waitUntil(isThere, { timeout: 60_000, interval: 500 })
  }, 180_000)
  afterAll(() => server.stop())

  const range = (): Record<string, string> => ({
    from: String(Math.floor(looking.fromMs / 1000)),
    until: String(Math.ceil(looking.toMs / 1000)),
    maxDataPoints: pointsMax,
  })
  const asked = async (target: unknown, look: Looking): Promise<GraphiteAnswer[]> =>
    await server.answers(withVariables(String(target), look), range())

  test.each(Object.entries(writtenFigures))('%s is as written', async (title, wanted) => {
    const found = builtDashboards().find(({ path }) => path === 'graphite/overview.json')
    const panel = found?.dashboard.panels.filter(isPanel).find((panel) => panel.title === title)
    const variables = { front: 'pensu', back: 'metrics_analyzer' }
    const [answer] = await asked(panel?.targets[0]?.['target'], { ...looking, variables })
    const values = answer?.known.map(([value]) => value) ?? []
    const reducing = panel?.options['reduceOptions'] as { calcs: string[] } | undefined
    const sum = values.reduce((total, value) => total + value, 0)
    expect(reducing?.calcs[0] === 'sum' ? sum : values.at(-1)).toBe(wanted)
  })

  for (const { path, store, dashboard } of builtDashboards()) {
    if (store !== 'graphite') continue
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
          const { target } = query as { target: string }
          const names = (await asked(target, looks[0] as Looking)).map((answer) => answer.name)
          expect(names.toSorted()).toEqual(writtenKeys.toSorted())
          looks = names.flatMap((value) =>
            looks.map((look) => ({ ...look, variables: { ...look.variables, [name]: value } })),
          )
        }
      })

      const panels = dashboard.panels.filter(isPanel)
      test.each(panels.map((panel) => [`${panel.id} ${panel.title}`, panel] as const))(
        '%s has numbers',
        async (_, panel) => {
          const names = new Set<string>()
          for (const { target } of panel.targets) {
            const answers = (await Promise.all(looks.map((look) => asked(target, look)))).flat()
            expect(answers, String(target)).not.toHaveLength(0)
            for (const { name, known } of answers) {
              expect(known, `${name} of ${String(target)}`).not.toHaveLength(0)
              names.add(name)
            }
          }
          const styled = panel.fieldConfig.overrides.map(({ matcher }) => matcher.options)
          if (panel.type === 'timeseries' && styled.length > 0) {
            expect(styled).toEqual(expect.arrayContaining([...names]))
          }
        },
      )

      test('its marks stand where the alarm fired', async () => {
        for (const { target } of dashboard.annotations.list) {
          for (const look of looks) {
            const [answer] = await asked(target['target'], look)
            expect(answer?.known).toHaveLength(2)
          }
        }
      })
    })
  }
})
