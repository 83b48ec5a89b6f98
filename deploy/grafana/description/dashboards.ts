/** All dashboards, built from their descriptions: one for each store that can answer. */

import { alarms } from './alarms.ts'
import type { DashboardDescription, Store, VariableDescription } from './description.ts'
import { forecasts } from './forecasts.ts'
import { schemaVersion } from './grafana.ts'
import type { Annotation, Dashboard, Panel, RowPanel, Variable } from './grafana.ts'
import { health } from './health.ts'
import { overview } from './overview.ts'
import { panelFor, questionsFor } from './panels.ts'
import { series } from './series.ts'
import { sideBySide } from './side-by-side.ts'
import { dataSource, stores, variableQuery } from './stores.ts'

/** Panels across a dashboard. */
const columns = 24

const descriptions = [overview, series, alarms, forecasts, sideBySide, health]

/** A dashboard and where it is kept, from deploy/grafana/dashboards. */
export interface BuiltDashboard {
  readonly path: string
  readonly store: Store
  readonly dashboard: Dashboard
}

/** All of them. */
export function builtDashboards(): BuiltDashboard[] {
  return (Object.keys(stores) as Store[]).flatMap((store) =>
    descriptions.flatMap((description) => {
      const panels = panelsFor(description, store)
      if (panels.length === 0) return []
      const dashboard = dashboardFor(description, store, panels)
      return [{ path: `${store}/${description.name}.json`, store, dashboard }]
    }),
  )
}

function dashboardFor(
  description: DashboardDescription,
  store: Store,
  panels: readonly (Panel | RowPanel)[],
): Dashboard {
  const { name, title, about, from, refresh } = description
  return {
    uid: `forewarn-${store}-${name}`,
    title: store === 'prometheus' ? title : `${title} (${stores[store].title})`,
    description: about,
    tags: ['forewarn', store],
    editable: true,
    graphTooltip: 1,
    refresh,
    schemaVersion,
    time: { from, to: 'now' },
    timezone: 'browser',
    links: [otherDashboards],
    templating: { list: variablesFor(description, store) },
    annotations: { list: marksFor(description, store) },
    panels,
  }
}

const otherDashboards = {
  type: 'dashboards',
  title: 'Forewarn',
  tags: ['forewarn'],
  asDropdown: true,
  icon: 'external link',
  includeVars: false,
  keepTime: true,
  targetBlank: false,
  tooltip: '',
  url: '',
}

/** From left to right and down, as far as each line has room. */
function panelsFor({ panels }: DashboardDescription, store: Store): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = []
  let [x, y, lineHeight] = [0, 0, 0]
  const breakLine = (): void => {
    ;[x, y, lineHeight] = [0, y + lineHeight, 0]
  }
  for (const panel of panels) {
    const id = placed.length + 1
    if (panel.kind === 'row') {
      breakLine()
      const gridPos = { x: 0, y, w: columns, h: 1 }
      placed.push({ id, type: 'row', title: panel.title, collapsed: false, gridPos, panels: [] })
      y += 1
      continue
    }
    if (questionsFor(panel, store).length === 0) continue
    if (x + panel.width > columns) breakLine()
    const gridPos = { x, y, w: panel.width, h: panel.height }
    placed.push(panelFor(panel, store, { id, gridPos }))
    x += panel.width
    lineHeight = Math.max(lineHeight, panel.height)
  }
  return placed.some(({ type }) => type !== 'row') ? placed : []
}

function variablesFor({ variables }: DashboardDescription, store: Store): Variable[] {
  const { plugin, uid, title, constants } = stores[store]
  const chosen: Variable = {
    name: 'datasource',
    type: 'datasource',
    label: 'Data source',
    hide: 0,
    query: plugin,
    current: { text: `Forewarn: ${title}`, value: uid },
  }
  const fixed = Object.entries(constants).map(([name, value]): Variable => ({
    name,
    type: 'constant',
    label: name,
    hide: 2,
    query: value,
    current: { text: value, value },
  }))
  const asked = variables.flatMap((variable) => asking(variable, store))
  return [chosen, ...fixed, ...asked]
}

function asking(variable: VariableDescription, store: Store): Variable[] {
  const text = variable[store]
  if (text === undefined) return []
  const { name, label, choose } = variable
  return [
    {
      name,
      type: 'query',
      label,
      hide: 0,
      multi: choose !== undefined,
      includeAll: choose === 'all',
      ...(choose === 'all' ? { current: { text: ['All'], value: ['$__all'] } } : {}),
      query: variableQuery(store, text),
      datasource: dataSource(store),
      refresh: 2,
      // As the query has them.
      sort: store === 'postgres' ? 0 : 1,
    },
  ]
}

function marksFor({ marks }: DashboardDescription, store: Store): Annotation[] {
  const text = store === 'prometheus' ? undefined : marks?.[store]
  if (marks === undefined || text === undefined) return []
  const refId = 'Anno'
  const target =
    store === 'postgres'
      ? { refId, rawSql: text, rawQuery: true, editorMode: 'code', format: 'table' }
      : { refId, target: text, fromAnnotations: true, textEditor: true }
  return [
    { name: marks.name, enable: true, iconColor: 'red', datasource: dataSource(store), target },
  ]
}
