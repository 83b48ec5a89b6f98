/** Graphite's targets by the names that the Graphite sink writes under. */

/** Deeper names than this are not found by the list of metrics. */
const depthMax = 8

/** A number of the chosen metric. */
export function ofMetric(number: string): string {
  return `\${front}.${number}.\${back}.\${series}`
}

/** A number of every metric, however deep its name. */
export function ofAll(number: string): string {
  const depths = Array.from({ length: depthMax }, (_, i) => '.*'.repeat(i + 1))
  return `group(${depths.map((depth) => `\${front}.${number}.\${back}${depth}`).join(',')})`
}

/** Called by the metric's own name. */
export function byMetric(target: string): string {
  return `aliasSub(${target},'^\${front}\\.[^.]*\\.\${back}\\.','')`
}

export function named(target: string, name: string): string {
  return `alias(${target},'${name}')`
}

/** The samples of the chosen metric that were called anomalous, and nothing between them. */
export const unusualValue =
  `divideSeries(${ofMetric('value')},` +
  `removeBelowValue(absolute(${ofMetric('anomaly_direction')}),1))`
