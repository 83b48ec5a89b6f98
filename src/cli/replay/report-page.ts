/**
 * The report page: one HTML file that needs nothing from outside. A content security policy in it
 * forbids requests; size is bounded by the spans and alarms that are drawn, about 3 MB at most.
 */

import { reportScript } from './report-script.ts'
import { sampleStates } from './decimation.ts'
import type { Span } from './decimation.ts'
import type { DrawnSeries, FiredAlarm } from './report.ts'

/** Limits of what is drawn. */
export const drawnLimits = { seriesMax: 60, spansMax: 40_000 } as const

/** What the page shows. */
export interface ReportPage {
  readonly title: string
  /** Names and numbers in the order in which they are shown. */
  readonly facts: readonly (readonly [name: string, text: string])[]
  readonly series: readonly DrawnSeries[]
  readonly seriesCount: number
  readonly alarms: readonly FiredAlarm[]
  readonly alarmCount: number
}

/** The page as HTML. */
export function reportPage(page: ReportPage): string {
  const { title, facts, series, seriesCount, alarmCount } = page
  const more =
    seriesCount > series.length
      ? `<p>Of ${seriesCount} series the ${series.length} with most alarms and highest scores are
        drawn.</p>`
      : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<dl>${facts.map(factItem).join('')}</dl>
<h2>${alarmCount === 1 ? '1 alarm' : `${alarmCount} alarms`}</h2>
${alarmTable(page)}
<h2>${seriesCount === 1 ? '1 series' : `${seriesCount} series`}</h2>
${more}
<p class="hint">Drag to zoom, double click for all of it. Grey: learning. Red: alarm.</p>
${series.map(seriesBlock).join('\n')}
<script>const replay = ${inScript(JSON.stringify(series.map(columnsOf)))}
${reportScript}</script>
</body>
</html>
`
}

function factItem([name, text]: readonly [name: string, text: string]): string {
  return `<dt>${escaped(name)}</dt><dd>${escaped(text)}</dd>`
}

function alarmTable({ alarms, alarmCount, series }: ReportPage): string {
  if (alarms.length === 0) return '<p>None fired.</p>'
  const index = new Map(series.map(({ text }, i) => [text, i]))
  const rows = alarms.map((alarm) => alarmRow(alarm, index.get(alarm.series)))
  const more = alarmCount - alarms.length
  return `<table>
<thead><tr><th>started</th><th>ended</th><th>severity</th><th>series</th><th>why</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
${more > 0 ? `<p>And ${more} more, which the rows have.</p>` : ''}`
}

function alarmRow(alarm: FiredAlarm, plot: number | undefined): string {
  const { startedMs, endedMs, severity, series, reason } = alarm
  const started = escaped(timeText(startedMs))
  const link =
    plot === undefined
      ? started
      : `<a href="#series-${plot}" data-plot="${plot}" data-at="${startedMs}">${started}</a>`
  const ended = Number.isNaN(endedMs) ? 'still firing' : timeText(endedMs)
  return `<tr><td>${link}</td><td>${escaped(ended)}</td><td>${escaped(severity)}</td>
<td>${escaped(series)}</td><td>${escaped(reason)}</td></tr>`
}

function seriesBlock({ text, rows, alarms }: DrawnSeries, index: number): string {
  const counts = `${rows} samples, ${alarms === 1 ? '1 alarm' : `${alarms} alarms`}`
  return `<section class="plot" id="series-${index}" data-index="${index}">
<h3>${escaped(text)}</h3><p class="counts">${counts}</p>
<canvas role="img" aria-label="${escaped(`${text}: ${counts}`)}"></canvas><p class="note"></p>
</section>`
}

/** The columns that the script reads. */
function columnsOf({ spans }: DrawnSeries): Record<string, unknown> {
  const start = spans[0]?.startMs ?? 0
  const column = (of: (span: Span) => number): (number | null)[] =>
    spans.map((span) => rounded(of(span)))
  return {
    start,
    t: spans.map((span) => span.startMs - start),
    e: spans.map((span) => span.endMs - start),
    a: column((span) => span.valueMin),
    b: column((span) => span.valueMax),
    l: column((span) => span.lowerMin),
    u: column((span) => span.upperMax),
    s: column((span) => span.scoreMax),
    k: spans.map((span) => sampleStates.indexOf(span.state)),
  }
}

/** Digits that a picture can show; null for what is unknown. */
function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null
}

/** Times before 1973 are counters rather than times. */
const counterMsMax = 1e11

function timeText(ms: number): string {
  if (Math.abs(ms) < counterMsMax) return String(ms / 1000)
  return new Date(ms).toISOString().replace('T', ' ').replace('.000Z', '').replace('Z', '')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char)
}

/** JSON that can stand inside of a script element. */
function inScript(json: string): string {
  return json.replace(/[<\u2028\u2029]/g, (char) => {
    return '\\u' + char.charCodeAt(0).toString(16).padStart(4, '0')
  })
}

const style = `
:root { color-scheme: light dark; --back: #fff; --ink: #1c2430; --dim: #66707d; --grid: #e3e7ec;
  --line: #1f6feb; --band: #1f6feb26; --learning: #7f8b991f; --alarm: #d1242f;
  --alarm-area: #d1242f29; --score: #8250df; --select: #1f6feb33; }
@media (prefers-color-scheme: dark) { :root { --back: #12161c; --ink: #dfe5ec; --dim: #93a0ae;
  --grid: #262d36; --line: #58a6ff; --band: #58a6ff2e; --learning: #93a0ae24; --alarm: #ff6b6b;
  --alarm-area: #ff6b6b33; --score: #b48ef5; --select: #58a6ff40; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 1200px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 22px; margin: 0 0 8px; } h2 { font-size: 17px; margin: 24px 0 4px; }
h3 { font-size: 14px; margin: 16px 0 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 16px; margin: 0; }
dt, .counts, .hint, .note { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
p { margin: 4px 0; } .note { min-height: 1.5em; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--grid);
  vertical-align: top; } th { color: var(--dim); font-weight: 500; }
td:nth-child(-n+3) { white-space: nowrap; } td { overflow-wrap: anywhere; }
a { color: var(--line); }
canvas { width: 100%; height: 240px; cursor: crosshair; touch-action: none; }
`
