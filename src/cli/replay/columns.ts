/**
 * What the columns of a file mean, by their names: the same rule for the header of a CSV file and
 * the keys of JSON objects.
 *
 *   timestamp, time, date …      when
 *   value                        the sample; without such a column, every other one with numbers
 *   series, metric, name, host … which series
 *   label, anomaly, score …      what somebody or something said of the row: passed over
 *
 * Names are compared in lower case, with `_` for spaces, dots and hyphens.
 */

/** First come the names that say it most clearly. */
const timeNames = [
  'timestamp',
  'timestamp_ms',
  'timestamp_ns',
  'unix_timestamp',
  'time_stamp',
  'datetime',
  'date_time',
  '_time',
  'time',
  'date',
  'ts',
  'epoch',
  'unix_time',
  'unixtime',
  'unix',
  't',
]

const valueNames = ['value', '_value', 'val', 'metric_value', 'v', 'y']

/** Columns that are the name of the series, and those that tell series apart by a label. */
const seriesNames = ['series', 'series_key', 'series_name', 'metric', 'metric_name', 'name', 'key']
const identityNames = ['kpi_id', 'id', 'series_id', 'host', 'hostname', 'instance', 'device']

/** What a labelled data set or a replay says of its rows. */
const remarkNames = new Set([
  'label',
  'labels',
  'class',
  'target',
  'truth',
  'ground_truth',
  'anomaly',
  'is_anomaly',
  'anomalous',
  'anomaly_label',
  'anomaly_score',
  'outlier',
  'is_outlier',
  'score',
  'raw_score',
  'expected',
  'lower',
  'upper',
  'status',
  'alarm',
])

/** The name as it is compared. */
export function comparableName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/^[#@\s]+/, '')
    .replace(/[\s.-]+/g, '_')
}

/** The best name among these for when; undefined where none says it. */
export function timeColumn(names: readonly string[]): string | undefined {
  return bestOf(names, timeNames)
}

/** The best name among these for the sample; undefined where none says it. */
export function valueColumn(names: readonly string[]): string | undefined {
  return bestOf(names, valueNames)
}

/** The column that names the series, or else those that tell them apart. */
export function seriesColumns(names: readonly string[]): string[] {
  const named = bestOf(names, seriesNames)
  const apart = names.filter((name) => identityNames.includes(comparableName(name)))
  return named === undefined ? apart : [named, ...apart]
}

/** True for columns that are somebody's remark on the row. */
export function isRemark(name: string): boolean {
  return remarkNames.has(comparableName(name))
}

/** True where a column's text is the series' name rather than a label of it. */
export function isSeriesName(name: string): boolean {
  return seriesNames.includes(comparableName(name))
}

function bestOf(names: readonly string[], wanted: readonly string[]): string | undefined {
  for (const want of wanted) {
    const found = names.find((name) => comparableName(name) === want)
    if (found !== undefined) return found
  }
  return undefined
}
