/**
 * The report on warnings as one HTML file that needs nothing from outside and runs no script: the
 * text's tables, and three drawings as SVG.
 */

import type { WarningReport } from '../evaluation/warning-report.ts'
import { evaluationText } from './evaluate-text.ts'

/** Side of a drawing, in its own units. */
const side = 240
const margin = 34

/** The page. */
export function evaluationPage(title: string, report: WarningReport): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<div class="drawings">
${reliabilityDrawing(report)}
${tradeOffDrawing(report)}
${leadDrawing(report)}
</div>
<pre>${escaped(evaluationText(report))}</pre>
</body>
</html>
`
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
h1 { font-size: 1.3rem } pre { overflow-x: auto; font-size: 13px }
.drawings { display: flex; flex-wrap: wrap; gap: 1.5rem } figure { margin: 0 }
svg { width: 300px; height: 300px } text { font-size: 11px; fill: currentColor }
.axis { stroke: currentColor; fill: none } .guide { stroke: #888; stroke-dasharray: 3 3 }
.line { stroke: #0a6ebd; fill: none; stroke-width: 2 } .dot, .bar { fill: #0a6ebd }
@media (prefers-color-scheme: dark) { body { background: #14171a; color: #e6e6e6 } }`

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
  return text.replace(/[&<>]/g, (letter) => entities[letter] ?? letter)
}

/** Places in a drawing of values from 0 to 1. */
const across = (share: number): string => (margin + share * side).toFixed(1)
const up = (share: number): string => (margin + (1 - share) * side).toFixed(1)

function drawing(caption: string, axes: { x: string; y: string }, inside: string): string {
  const whole = side + 2 * margin
  const middle = whole / 2
  return `<figure><figcaption>${escaped(caption)}</figcaption>
<svg viewBox="0 0 ${whole} ${whole}" role="img" aria-label="${escaped(caption)}">
<path class="axis" d="M${across(0)} ${up(1)}V${up(0)}H${across(1)}"/>
<text x="${middle}" y="${whole - 6}" text-anchor="middle">${escaped(axes.x)}</text>
<text x="12" y="${middle}" text-anchor="middle"
  transform="rotate(-90 12 ${middle})">${escaped(axes.y)}</text>
${inside}
</svg></figure>`
}

function polyline(points: readonly (readonly [number, number])[]): string {
  const places = points.map(([x, y]) => `${across(x)},${up(y)}`).join(' ')
  const dots = points.map(([x, y]) => `<circle class="dot" cx="${across(x)}" cy="${up(y)}" r="3"/>`)
  return `<polyline class="line" points="${places}"/>${dots.join('')}`
}

function reliabilityDrawing({ reliability }: WarningReport): string {
  const points = reliability
    .filter(({ samples }) => samples > 0)
    .map(({ said, came }) => [said, came] as const)
  const guide = `<path class="guide" d="M${across(0)} ${up(0)}L${across(1)} ${up(1)}"/>`
  const axes = { x: 'P that was said, 0 to 1', y: 'share that came, 0 to 1' }
  return drawing('Reliability', axes, guide + polyline(points))
}

function tradeOffDrawing({ tradeOff }: WarningReport): string {
  const points = tradeOff
    .filter(({ precision }) => Number.isFinite(precision))
    .map(({ recall, precision }) => [recall, precision] as const)
  const axes = { x: 'recall, 0 to 1', y: 'precision, 0 to 1' }
  return drawing('Trade-off over thresholds', axes, polyline(points))
}

/** Lead times in bins of five seconds, the last one takes all that are longer. */
function leadDrawing({ leads, rule }: WarningReport): string {
  const binSeconds = 5
  const counts = new Array<number>(Math.ceil((2 * rule.horizonSamples) / binSeconds)).fill(0)
  for (const lead of leads) {
    const bin = Math.min(counts.length - 1, Math.floor(lead / binSeconds))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const most = Math.max(1, ...counts)
  const width = side / counts.length
  const bars = counts.map((count, i) => {
    const height = (side * count) / most
    const x = (margin + i * width).toFixed(1)
    const y = (margin + side - height).toFixed(1)
    const size = `width="${(width - 1).toFixed(1)}" height="${height.toFixed(1)}"`
    return `<rect class="bar" x="${x}" y="${y}" ${size}/>`
  })
  const axes = { x: `lead time, 0 to ${2 * rule.horizonSamples} s`, y: `breaches, 0 to ${most}` }
  return drawing('Lead times', axes, bars.join(''))
}
