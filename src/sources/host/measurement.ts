/**
 * What one look at one thing of the machine yields, and how it is written as an Influx line:
 *
 *   disk,device=sda1,path=/data,host=vm1 free=12345678,used_percent=41.7 1592222400000000000
 *
 * In a measurement and a tag a comma, a space and (in a tag) an equals sign carry a backslash. A
 * tag that holds a line end or ends in a backslash cannot be written; the measurement is left out.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */

export interface Measurement {
  readonly name: string
  readonly tags: readonly (readonly [string, string])[]
  readonly fields: readonly (readonly [string, number])[]
}

/** The line with its line end, or an empty text where it cannot be written. */
export function influxLine(measurement: Measurement, host: string, timestampMs: number): string {
  const tags = [...measurement.tags, ['host', host] as const].filter(([, value]) => value !== '')
  if (tags.some(([, value]) => /[\r\n]|\\$/.test(value))) return ''
  const fields = measurement.fields.filter(([, value]) => Number.isFinite(value))
  if (fields.length === 0) return ''
  const head = tags.map(([name, value]) => `,${name}=${value.replace(/[,= ]/g, '\\$&')}`).join('')
  const body = fields.map(([name, value]) => `${name}=${value}`).join(',')
  return `${measurement.name}${head} ${body} ${timestampMs}000000\n`
}
