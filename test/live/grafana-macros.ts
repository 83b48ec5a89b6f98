/**
 * What Grafana makes of a query before it asks: variables by their formats, then the macros of its
 * PostgreSQL data source, or the interval variables of its Prometheus data source.
 *
 * Source: https://grafana.com/docs/grafana/latest/datasources/postgres/query-editor/#macros,
 * https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/ and
 * https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
 */

/** The range that is looked at, and the width of one point of a chart. */
export interface Looking {
  readonly fromMs: number
  readonly toMs: number
  readonly intervalSeconds: number
  readonly variables: Readonly<Record<string, string>>
}

/**
 * Variables, `$name`, `${name}` and `${name:format}`; a macro, which has a bracket behind it,
 * stays. Throws where one is not known.
 */
export function withVariables(text: string, { intervalSeconds, variables }: Looking): string {
  const known: Readonly<Record<string, string>> = {
    __interval: `${intervalSeconds}s`,
    // Four times the step at least, as documented.
    __rate_interval: `${4 * intervalSeconds}s`,
    ...variables,
  }
  return text.replace(
    /\$(\w+)(?!\w*\()|\$\{(\w+)(?::(\w+))?\}/g,
    (_, bare?: string, braced?: string, format?: string) => {
      const name = bare ?? braced ?? ''
      const value = known[name]
      if (value === undefined) throw new Error(`no variable ${name} in: ${text}`)
      return format === 'sqlstring' ? `'${value.replaceAll("'", "''")}'` : value
    },
  )
}

/** Macros of the PostgreSQL data source, without TimescaleDB. Throws at one that is not known. */
export function withMacros(text: string, { fromMs, toMs }: Looking): string {
  const quoted = (ms: number): string => `'${new Date(ms).toISOString()}'`
  return text.replace(/\$(\w+)\(([^)]*)\)/g, (_, name: string, given: string) => {
    const [column = '', interval = ''] = given.split(',').map((each) => each.trim())
    if (name === '__timeFrom') return quoted(fromMs)
    if (name === '__timeTo') return quoted(toMs)
    if (name === '__timeFilter') return `${column} BETWEEN ${quoted(fromMs)} AND ${quoted(toMs)}`
    if (name === '__timeGroupAlias') {
      const seconds = Number(/^(\d+)s$/.exec(interval)?.[1])
      return `floor(extract(epoch from ${column})/${seconds})*${seconds} AS "time"`
    }
    throw new Error(`no macro ${name} in: ${text}`)
  })
}
