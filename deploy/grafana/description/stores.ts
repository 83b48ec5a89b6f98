/** How each store is asked: its data source, and a question as its editor keeps it. */

import type { PanelKind, Question, Store } from './description.ts'
import type { DataSourceRef, Target, Variable } from './grafana.ts'

interface StoreTraits {
  readonly title: string
  readonly plugin: string
  /** The uid of the data source that deploy/grafana/provisioning makes. */
  readonly uid: string
  /** Where the sink writes: constants that every question may name. */
  readonly constants: Readonly<Record<string, string>>
}

/**
 * Graphite: what stands before and behind the name of the number in the sink's template, which is
 * `pensu.{{#anomaly_metric}}.metrics_analyzer` unless somebody chose another.
 */
export const stores: Readonly<Record<Store, StoreTraits>> = {
  postgres: {
    title: 'PostgreSQL',
    plugin: 'grafana-postgresql-datasource',
    uid: 'forewarn-postgres',
    constants: { schema: 'forewarn' },
  },
  graphite: {
    title: 'Graphite',
    plugin: 'graphite',
    uid: 'forewarn-graphite',
    constants: { front: 'pensu', back: 'metrics_analyzer' },
  },
  prometheus: {
    title: 'Prometheus',
    plugin: 'prometheus',
    uid: 'forewarn-prometheus',
    constants: {},
  },
}

/** By variable, so that a dashboard can be pointed at another data source of the same kind. */
export function dataSource(store: Store): DataSourceRef {
  return { type: stores[store].plugin, uid: '${datasource}' }
}

/** A question of a panel. `index` is its place among the panel's. */
export function target(
  store: Store,
  { text, legend }: Question,
  { index, kind }: { index: number; kind: PanelKind },
): Target {
  const refId = String.fromCodePoint('A'.codePointAt(0)! + index)
  const common = { refId, datasource: dataSource(store) }
  if (store === 'graphite') return { ...common, target: text, textEditor: true }
  if (store === 'prometheus') {
    const isNow = kind === 'figure'
    const when = isNow ? { instant: true, range: false } : { instant: false, range: true }
    return { ...common, expr: text, editorMode: 'code', legendFormat: legend ?? '__auto', ...when }
  }
  const format = kind === 'chart' || kind === 'states' ? 'time_series' : 'table'
  return { ...common, rawSql: text, rawQuery: true, editorMode: 'code', format }
}

/** A question whose answers a variable can have. */
export function variableQuery(store: Store, text: string): Variable['query'] {
  if (store === 'postgres') return text
  const refId = 'variable'
  if (store === 'prometheus') return { query: text, refId }
  // Names of what a target answers, functions included.
  return { queryType: 'Metric Name', target: text, refId, textEditor: true }
}
