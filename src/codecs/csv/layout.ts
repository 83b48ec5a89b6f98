/**
 * Which column of a CSV is what: by name, from its header or from the option `columns`, or by its
 * place where there are no names.
 *
 *   timestamp   the column named so; else one with a usual name for it; else the first one
 *   values      the columns named so; else the one called `value`; else
 *                 with names: every other column with a number in the first row, but for labels
 *                 of truth (`label`, `is_anomaly`, …)
 *                 without: the second one
 *   series      the column named so; else the one called `series`; else none
 *   labels      the columns named so
 */

import { nameLabel } from '../../core/labels.ts'

/** The part of the decoder's options that speaks of columns. */
export interface ColumnOptions {
  readonly timestampColumn: string
  readonly valueColumns: readonly string[]
  readonly seriesColumn: string
  readonly labelColumns: readonly string[]
}

/** A column of values. */
export interface ValueColumn {
  readonly index: number
  /** Its name as bytes, to find its labels by. */
  readonly spelling: Uint8Array
}

/** Which column is what. */
export interface CsvLayout {
  /** Undefined until the first row shows which columns hold numbers. */
  readonly values: readonly ValueColumn[] | undefined
  readonly names: readonly string[]
  readonly timestampIndex: number
  /** The columns that say which series a row belongs to, with the label that each becomes. */
  readonly labels: readonly { readonly index: number; readonly label: string }[]
  /** So many cells of a row are looked at. */
  readonly cellCount: number
}

/** Usual names of columns, in lower case. */
const timestampNames = 'timestamp time datetime date ts epoch _time time_stamp unixtime'.split(' ')
const valueNames = ['value', '_value', 'val']
const seriesNames = ['series']
/** Columns that say what is true, not what was measured. */
const truthNames = ['label', 'labels', 'is_anomaly', 'anomaly', 'anomaly_label', 'class', 'target']

/** More columns than this are not looked at. */
export const columnsMax = 1024

/** The layout of a CSV without names: time, value, whatever else. */
export const namelessLayout: CsvLayout = {
  values: [valueColumn(1, 'value')],
  names: [],
  timestampIndex: 0,
  labels: [],
  cellCount: 2,
}

/** The layout of columns with these names; a text that says why they have none. */
export function layoutOf(names: readonly string[], options: ColumnOptions): CsvLayout | string {
  const wanted = [options.timestampColumn, options.seriesColumn]
  for (const name of [...wanted, ...options.valueColumns, ...options.labelColumns]) {
    if (name !== '' && indexOf(names, [name]) < 0) return `there is no column ${name}`
  }
  if (names.length < 2) return 'there are no columns for time and value'
  const named = timestampIndexOf(names, options)
  const timestampIndex = named < 0 ? 0 : named
  const labels = options.labelColumns.map((name) => ({
    index: indexOf(names, [name]),
    label: name,
  }))
  const { seriesColumn } = options
  const seriesIndex = indexOf(names, seriesColumn === '' ? seriesNames : [seriesColumn])
  if (seriesIndex >= 0) labels.push({ index: seriesIndex, label: nameLabel })
  const wantedValues =
    options.valueColumns.length > 0
      ? options.valueColumns.map((name) => indexOf(names, [name]))
      : [indexOf(names, valueNames)]
  const values = wantedValues
    .filter((index) => index >= 0 && index !== timestampIndex)
    .map((index) => valueColumn(index, names[index] as string))
  const layout = { values, names, timestampIndex, labels, cellCount: names.length }
  return values.length > 0 ? narrowed(layout) : { ...layout, values: undefined }
}

/** The index of the timestamp by its name, -1 where no column has one. */
export function timestampIndexOf(names: readonly string[], options: ColumnOptions): number {
  const { timestampColumn } = options
  return indexOf(names, timestampColumn === '' ? timestampNames : [timestampColumn])
}

/** The layout once its first row is known: the columns with numbers are the values. */
export function layoutWithValues(
  layout: CsvLayout,
  isNumber: (index: number) => boolean,
): CsvLayout {
  const taken = [layout.timestampIndex, ...layout.labels.map(({ index }) => index)]
  const values = layout.names.flatMap((name, index) => {
    const isTruth = truthNames.includes(name.toLowerCase())
    return taken.includes(index) || isTruth || !isNumber(index) ? [] : [valueColumn(index, name)]
  })
  return values.length === 0 ? layout : narrowed({ ...layout, values })
}

/** The layout that looks at no more cells than it needs. */
function narrowed(layout: CsvLayout & { values: readonly ValueColumn[] }): CsvLayout {
  const indexes = [...layout.values, ...layout.labels].map(({ index }) => index)
  return { ...layout, cellCount: Math.max(layout.timestampIndex, ...indexes) + 1 }
}

function valueColumn(index: number, name: string): ValueColumn {
  return { index, spelling: new TextEncoder().encode(name) }
}

/** Index of the first of these names, as it is written or else in any case; -1 where none is. */
function indexOf(names: readonly string[], wanted: readonly string[]): number {
  for (const name of wanted) {
    const exact = names.indexOf(name)
    if (exact >= 0) return exact
    const index = names.findIndex((other) => other.toLowerCase() === name.toLowerCase())
    if (index >= 0) return index
  }
  return -1
}
