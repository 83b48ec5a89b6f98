/** Panels as Grafana keeps them. */

import type { FieldLook, PanelDescription, Question, Store } from './description.ts'
import type { FieldConfig, GridPos, Override, Panel } from './grafana.ts'
import { dataSource, target } from './stores.ts'

const panelTypes = {
  chart: 'timeseries',
  figure: 'stat',
  table: 'table',
  states: 'state-timeline',
} as const

/** What a panel asks of a store; empty where it has nothing to ask of it. */
export function questionsFor(panel: PanelDescription, store: Store): readonly Question[] {
  if (store === 'prometheus') return panel.prometheus ?? []
  return (panel[store] ?? []).map((text) => ({ text }))
}

/** The panel for a store, at its place. */
export function panelFor(
  panel: PanelDescription,
  store: Store,
  { id, gridPos }: { id: number; gridPos: GridPos },
): Panel {
  const { kind, title, about, repeat } = panel
  const asRows = store === 'graphite' && panel.asRows === true
  return {
    id,
    type: panelTypes[kind],
    title,
    description: about,
    gridPos,
    datasource: dataSource(store),
    targets: questionsFor(panel, store).map((question, index) =>
      target(store, question, { index, kind }),
    ),
    fieldConfig: fieldConfig(panel, store),
    options: options(panel),
    ...(asRows ? { transformations: rowsOfAnswers } : {}),
    ...(repeat === undefined ? {} : { repeat, repeatDirection: 'h', maxPerRow: 4 }),
  }
}

/** A row for each answer, its name in a column of the same name as in SQL. */
const rowsOfAnswers = [
  {
    id: 'reduce',
    options: { mode: 'seriesToRows', reducers: ['max', 'lastNotNull'], includeTimeField: false },
  },
  {
    id: 'organize',
    options: {
      excludeByName: {},
      indexByName: {},
      renameByName: { Field: 'series', Max: 'highest', 'Last *': 'last' },
    },
  },
]

function options({ kind, reduce = 'lastNotNull' }: PanelDescription): Panel['options'] {
  const tooltip = { mode: 'multi', sort: 'desc' }
  const legend = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] }
  if (kind === 'chart') return { tooltip, legend }
  if (kind === 'states') {
    return {
      tooltip: { mode: 'single', sort: 'none' },
      legend,
      mergeValues: true,
      showValue: 'never',
      rowHeight: 0.8,
      alignValue: 'left',
    }
  }
  if (kind === 'table') return { showHeader: true, cellHeight: 'sm', frameIndex: 0 }
  return {
    reduceOptions: { values: false, calcs: [reduce], fields: '' },
    orientation: 'auto',
    colorMode: 'value',
    graphMode: 'none',
    justifyMode: 'auto',
    textMode: 'value',
    wideLayout: true,
    showPercentChange: false,
    percentChangeColorMode: 'standard',
  }
}

function fieldConfig(panel: PanelDescription, store: Store): FieldConfig {
  const { unit, min, max, steps = [[null, 'text']], texts, fields = {} } = panel
  const mapped = Object.entries(texts ?? {}).map(([value, result], index) => [
    value,
    { ...result, index },
  ])
  const mappings = [{ type: 'value', options: Object.fromEntries(mapped) }]
  const byThresholds = panel.kind === 'figure' || panel.kind === 'states'
  return {
    defaults: {
      color: { mode: byThresholds ? 'thresholds' : 'palette-classic' },
      custom: customs(panel),
      mappings: mapped.length === 0 ? [] : mappings,
      thresholds: {
        mode: 'absolute',
        steps: steps.map(([value, color]) => ({ value, color })),
      },
      ...(unit === undefined ? {} : { unit }),
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      noValue: '–',
    },
    overrides: Object.entries(fields).map(([name, look]) => override(name, look, store)),
  }
}

function customs({ kind, bars, stacked, spanGaps }: PanelDescription): Record<string, unknown> {
  if (kind === 'figure') return {}
  if (kind === 'table') return { align: 'auto', cellOptions: { type: 'auto' }, filterable: true }
  if (kind === 'states') return { fillOpacity: 80, lineWidth: 0 }
  return {
    drawStyle: bars === true ? 'bars' : 'line',
    lineWidth: bars === true ? 0 : 1,
    fillOpacity: bars === true ? 80 : 0,
    showPoints: 'never',
    // A gap of up to a minute is no gap: series come at their own steps.
    spanNulls: spanGaps === true ? true : 60_000,
    stacking: { mode: stacked === true ? 'normal' : 'none', group: 'A' },
  }
}

function override(name: string, look: FieldLook, store: Store): Override {
  const properties: { id: string; value: unknown }[] = []
  const add = (id: string, value: unknown): void => void properties.push({ id, value })
  if (look.color !== undefined) add('color', { mode: 'fixed', fixedColor: look.color })
  if (look.unit !== undefined) add('unit', look.unit)
  if (look.min !== undefined) add('min', look.min)
  if (look.max !== undefined) add('max', look.max)
  if (look.label !== undefined) add('displayName', look.label)
  if (look.dashed === true) add('custom.lineStyle', { fill: 'dash', dash: [8, 6] })
  if (look.edge === true) add('custom.lineWidth', 0.5)
  if (look.fillTo !== undefined) {
    add('custom.fillBelowTo', look.fillTo)
    add('custom.fillOpacity', 25)
  }
  if (look.rightAxis === true) add('custom.axisPlacement', 'right')
  if (look.points === true) {
    add('custom.drawStyle', 'points')
    add('custom.showPoints', 'always')
    add('custom.pointSize', 7)
  }
  if (look.width !== undefined) add('custom.width', look.width)
  if (look.words !== undefined) {
    const texts = Object.entries(look.words).map(([text, color], index) => [text, { color, index }])
    add('mappings', [{ type: 'value', options: Object.fromEntries(texts) }])
    add('custom.cellOptions', { type: 'color-text' })
  }
  if (look.opensSeries === true) add('links', [seriesLink(store)])
  return { matcher: { id: 'byName', options: name }, properties }
}

/** To the dashboard of one series, over the same range. */
function seriesLink(store: Store): Record<string, unknown> {
  return {
    title: 'Open the series',
    url: `/d/forewarn-${store}-series?var-series=\${__data.fields.series:percentencode}&\${__url_time_range}`,
    targetBlank: false,
  }
}
