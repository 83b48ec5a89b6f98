/**
 * How dashboards are described: panels with what they ask of each store. From one description comes
 * a dashboard for each store that its panels have questions for.
 */

/** The stores that can be asked. */
export type Store = 'postgres' | 'graphite' | 'prometheus'

/** A question in the store's own language, and what its answer is called where that is not said. */
export interface Question {
  readonly text: string
  /** Prometheus: the name of each answer, with {{label}}. */
  readonly legend?: string
}

/** How one field of the answers is drawn. */
export interface FieldLook {
  readonly color?: string
  readonly unit?: string
  /** Points without a line between them. */
  readonly points?: boolean
  readonly dashed?: boolean
  /** Thin, without a fill: the edges of a band. */
  readonly edge?: boolean
  /** Filled down to that field. */
  readonly fillTo?: string
  readonly rightAxis?: boolean
  readonly min?: number
  readonly max?: number
  /** In tables. */
  readonly width?: number
  readonly label?: string
  /** A click opens the dashboard of that series. */
  readonly opensSeries?: true
  /** Coloured by its words. */
  readonly words?: Readonly<Record<string, string>>
}

/**
 *   chart    lines, bars or points over time
 *   figure   one number, large
 *   table    rows
 *   states   a bar of colours over time for each series
 */
export type PanelKind = 'chart' | 'figure' | 'table' | 'states'

export interface PanelDescription {
  readonly kind: PanelKind
  readonly title: string
  /** For whoever points at the panel's title. */
  readonly about: string
  /** Of 24. */
  readonly width: number
  readonly height: number
  readonly unit?: string
  readonly min?: number
  readonly max?: number
  readonly bars?: boolean
  readonly stacked?: boolean
  /** Lines go on over gaps. */
  readonly spanGaps?: boolean
  /** Colours from a value on, rising. */
  readonly steps?: readonly (readonly [from: number | null, color: string])[]
  /** Texts in place of numbers. */
  readonly texts?: Readonly<Record<string, { readonly text: string; readonly color: string }>>
  readonly fields?: Readonly<Record<string, FieldLook>>
  /** Once for each chosen value of this variable. */
  readonly repeat?: string
  /** Graphite: a row for each answer, of its greatest and its last number. */
  readonly asRows?: boolean
  /** Figures: how the answer becomes one number. */
  readonly reduce?: 'lastNotNull' | 'sum' | 'max'
  readonly postgres?: readonly string[]
  readonly graphite?: readonly string[]
  readonly prometheus?: readonly Question[]
}

/** A line across the dashboard, with a title. */
export interface RowDescription {
  readonly kind: 'row'
  readonly title: string
}

export interface VariableDescription {
  readonly name: string
  readonly label: string
  /** Several values can be chosen; `all`: and all are, at first. */
  readonly choose?: 'several' | 'all'
  readonly postgres?: string
  readonly graphite?: string
  readonly prometheus?: string
}

export interface DashboardDescription {
  readonly name: string
  readonly title: string
  readonly about: string
  /** How much of the past is shown at first. */
  readonly from: string
  readonly refresh: string
  readonly variables: readonly VariableDescription[]
  /** Marks in all charts. */
  readonly marks?: { readonly name: string; readonly postgres?: string; readonly graphite?: string }
  readonly panels: readonly (PanelDescription | RowDescription)[]
}
