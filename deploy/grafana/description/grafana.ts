/**
 * The part of Grafana's dashboard model (classic JSON, as Grafana 11 to 13 read it) that is written
 * here. test/live/grafana-schema.test.ts holds it against the types that Grafana publishes.
 *
 * Source: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */

/** Grafana migrates older models when it loads them; 39 is that of Grafana 11.0. */
export const schemaVersion = 39

/** A data source, by its plugin and its uid. */
export interface DataSourceRef {
  readonly type: string
  readonly uid: string
}

/** A query as its data source's editor keeps it. */
export type Target = Readonly<Record<string, unknown>> & {
  readonly refId: string
  readonly datasource: DataSourceRef
}

/** Where a panel lies; the dashboard is 24 wide. */
export interface GridPos {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** A change of how one field is shown. */
export interface Override {
  readonly matcher: { readonly id: 'byName'; readonly options: string }
  readonly properties: readonly { readonly id: string; readonly value: unknown }[]
}

export interface FieldConfig {
  readonly defaults: Readonly<Record<string, unknown>>
  readonly overrides: readonly Override[]
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description: string
  readonly gridPos: GridPos
  readonly datasource: DataSourceRef
  readonly targets: readonly Target[]
  readonly fieldConfig: FieldConfig
  readonly options: Readonly<Record<string, unknown>>
  readonly transformations?: readonly { readonly id: string; readonly options: unknown }[]
  readonly repeat?: string
  readonly repeatDirection?: 'h'
  readonly maxPerRow?: number
}

export interface RowPanel {
  readonly id: number
  readonly type: 'row'
  readonly title: string
  readonly collapsed: false
  readonly gridPos: GridPos
  readonly panels: readonly []
}

export interface Variable {
  readonly name: string
  readonly type: 'query' | 'constant' | 'datasource'
  readonly label: string
  readonly hide: 0 | 2
  readonly query: string | Readonly<Record<string, unknown>>
  readonly current?: { readonly text: string | string[]; readonly value: string | string[] }
  readonly datasource?: DataSourceRef
  readonly refresh?: 1 | 2
  readonly sort?: 0 | 1
  readonly multi?: boolean
  readonly includeAll?: boolean
}

export interface Annotation {
  readonly name: string
  readonly enable: true
  readonly iconColor: string
  readonly datasource: DataSourceRef
  readonly target: Readonly<Record<string, unknown>>
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly editable: true
  readonly graphTooltip: 1
  readonly refresh: string
  readonly schemaVersion: number
  readonly time: { readonly from: string; readonly to: 'now' }
  readonly timezone: 'browser'
  readonly links: readonly Readonly<Record<string, unknown>>[]
  readonly templating: { readonly list: readonly Variable[] }
  readonly annotations: { readonly list: readonly Annotation[] }
  readonly panels: readonly (Panel | RowPanel)[]
}
