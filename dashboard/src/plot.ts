/**
 * The two plots of a series, one above the other with one time axis: the value with what was
 * expected, and how rare each sample was.
 *
 *   ┌───────────────────────────────┐  ▒ learning   ░ band of normal values   ▓ alarm
 *   │▒▒▒░░░░░░░/\░░░░░░░░░░▓▓▓▓░░░░░│  ● anomalous sample
 *   │▒▒▒──────/  \───────●─▓▓▓▓──┄┄┄│  ┄ forecast, ahead of the newest sample
 *   ├───────────────────────────────┤
 *   │      ▁      ▁▁       ████  ▁  │  once in 10, 100, 1,000 … samples
 *   └───────────────────────────────┘
 */

import uPlot from 'uplot'
import type { Options } from 'uplot'
import type { PlotColumns } from './plot-columns.ts'
import { valueRange } from './plot-columns.ts'
import { grouped, rarity, rarityMax, short } from './words.ts'

/** A stretch of time that is tinted. */
export interface Stretch {
  readonly fromMs: number
  /** Infinity for one that goes on. */
  readonly toMs: number
  readonly kind: 'learning' | 'pending' | 'firing'
}

/** What the plots ask their owner. */
export interface PlotOwner {
  readonly columns: () => PlotColumns
  readonly stretches: () => readonly Stretch[]
  /** Score from which on a sample is anomalous; null where it is not known. */
  readonly threshold: () => number | null
  /** The reader pointed at a row, or away. */
  readonly onPoint: (row: number | null) => void
  /** The reader chose a stretch of time by dragging. */
  readonly onChoose: (fromMs: number, toMs: number) => void
  readonly onReset: () => void
}

const axisWidth = 62
const axisHeight = 26

/** Free space at the right, so that a label below the last sample fits. */
const rightPad = 18
const font = '11px system-ui, sans-serif'

/** A colour of the style sheet. */
function colour(name: string): string {
  return getComputedStyle(document.documentElement)
    .getPropertyValue('--' + name)
    .trim()
}

const tints = { learning: 'learn-tint', pending: 'warn-tint', firing: 'bad-tint' } as const

const inks = { learning: 'learn', pending: 'warn', firing: 'bad' } as const

/** Pixels that the word "learning" needs. */
const labelWidth = 60

/** Left edge and width of a stretch in canvas pixels, cut to the plot; a width of 0 is outside. */
function extent(plot: uPlot, { fromMs, toMs }: Stretch): { left: number; width: number } {
  const { bbox } = plot
  const end = bbox.left + bbox.width
  const left = Math.max(plot.valToPos(fromMs, 'x', true), bbox.left)
  const right = toMs === Infinity ? end : Math.min(plot.valToPos(toMs, 'x', true), end)
  if (right < bbox.left || left > end) return { left, width: 0 }
  // A short alarm in a long span is still to be seen.
  return { left, width: Math.max(right - left, 2 * uPlot.pxRatio) }
}

/** Tints the stretches, below everything else. */
function tint(plot: uPlot, stretches: readonly Stretch[]): void {
  for (const stretch of stretches) {
    const { left, width } = extent(plot, stretch)
    plot.ctx.fillStyle = colour(tints[stretch.kind])
    plot.ctx.fillRect(left, plot.bbox.top, width, plot.bbox.height)
  }
}

/** Marks alarms along the top edge and names the time of learning, above everything else. */
function mark(plot: uPlot, stretches: readonly Stretch[]): void {
  const { ctx, bbox } = plot
  const pixel = uPlot.pxRatio
  ctx.font = `${11 * pixel}px system-ui, sans-serif`
  ctx.textAlign = 'left'
  ctx.textBaseline = 'top'
  for (const stretch of stretches) {
    const { left, width } = extent(plot, stretch)
    ctx.fillStyle = colour(inks[stretch.kind])
    if (stretch.kind !== 'learning') ctx.fillRect(left, bbox.top, width, 2 * pixel)
    else if (width > labelWidth * pixel) {
      ctx.fillText('learning', left + 6 * pixel, bbox.top + 6 * pixel)
    }
  }
}

function timeAxis(show: boolean): uPlot.Axis {
  return {
    show,
    font,
    size: axisHeight,
    gap: 4,
    stroke: () => colour('ink-3'),
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
    space: 70,
    values: (plot, splits, _axis, _space, step) => {
      const end = plot.bbox.width / uPlot.pxRatio - rightPad / 2
      // A label at the very end would be cut.
      return splits.map((ms) => (plot.valToPos(ms, 'x') > end ? '' : timeLabel(ms, step)))
    },
  }
}

function timeLabel(ms: number, stepMs: number): string {
  const time = new Date(ms)
  const pad = (value: number): string => String(value).padStart(2, '0')
  const day = `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`
  if (stepMs >= 86_400_000) return day
  const minutes = `${pad(time.getHours())}:${pad(time.getMinutes())}`
  if (stepMs >= 60_000) return minutes
  const seconds = `${minutes}:${pad(time.getSeconds())}`
  return stepMs >= 1_000 ? seconds : `${seconds}.${String(time.getMilliseconds()).padStart(3, '0')}`
}

function shared(owner: PlotOwner): Omit<Options, 'series' | 'width' | 'height'> {
  return {
    ms: 1,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 6 },
      sync: { key: 'series', scales: ['x', null] },
      points: {
        size: (plot, i) => (plot.series[i]?.label === 'edge' ? 0 : 7),
        fill: (plot, i) => colour(plot.series[i]?.label === 'rarity' ? 'score' : 'value'),
      },
      // The line stands on the sample that is meant, not between two.
      move: (plot, left, top) => {
        const at = left < 0 ? undefined : plot.data[0][plot.posToIdx(left)]
        return [at === undefined ? left : plot.valToPos(at, 'x'), top]
      },
      bind: {
        dblclick: () => () => {
          owner.onReset()
          return null
        },
      },
    },
    hooks: {
      drawClear: [(plot) => tint(plot, owner.stretches())],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          if (width <= 0) return
          const fromMs = plot.posToVal(left, 'x')
          const toMs = plot.posToVal(left + width, 'x')
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          owner.onChoose(fromMs, toMs)
        },
      ],
    },
  }
}

/** The plot of the value, its band and what was expected. */
export function valuePlot(host: HTMLElement, owner: PlotOwner): uPlot {
  const base = shared(owner)
  const options: Options = {
    ...base,
    width: host.clientWidth,
    height: host.clientHeight,
    padding: [10, rightPad, 0, 0],
    scales: {
      x: { time: false },
      y: {
        range: (plot) => {
          const [first = 0, last = 0] = plot.series[0]?.idxs ?? []
          return valueRange(owner.columns(), first, last)
        },
      },
    },
    axes: [
      timeAxis(true),
      {
        font,
        size: axisWidth,
        stroke: () => colour('ink-3'),
        grid: { stroke: () => colour('grid'), width: 1 },
        ticks: { show: false },
        values: (_plot, splits) => splits.map((value) => short(value)),
      },
    ],
    series: [
      {},
      { label: 'edge', stroke: 'transparent', width: 0, points: { show: false } },
      { label: 'edge', stroke: 'transparent', width: 0, points: { show: false } },
      {
        stroke: () => colour('expected'),
        width: 1.25,
        dash: [5, 4],
        points: { show: false },
      },
      {
        label: 'ahead',
        stroke: () => colour('value'),
        width: 1.75,
        dash: [1.5, 4],
        cap: 'round',
        points: { show: false },
      },
      {
        stroke: () => colour('value'),
        width: 1.75,
        points: {
          show: true,
          size: 6,
          width: 1,
          space: 0,
          stroke: () => colour('bad'),
          fill: () => colour('bad'),
          filter: () => owner.columns().anomalies,
        },
      },
    ],
    bands: [{ series: [1, 2], fill: () => colour('band') }],
    hooks: {
      ...base.hooks,
      draw: [(plot) => mark(plot, owner.stretches())],
      setCursor: [
        (plot) => owner.onPoint(plot.cursor.left === -10 ? null : (plot.cursor.idx ?? null)),
      ],
    },
  }
  return new uPlot(options, valueRows(owner.columns()), host)
}

/** The columns in the order of the value plot's series. */
export function valueRows(columns: PlotColumns): uPlot.AlignedData {
  const { timestampMs, upper, lower, expected, ahead, value } = columns
  return [timestampMs, upper, lower, expected, ahead, value]
}

/** The threshold as a dashed line, with its name where there is room. */
function drawThreshold(plot: uPlot, threshold: number | null): void {
  if (threshold === null) return
  const { ctx, bbox } = plot
  const y = plot.valToPos(rarity(threshold), 'y', true)
  if (y < bbox.top || y > bbox.top + bbox.height) return
  const pixel = uPlot.pxRatio
  ctx.save()
  ctx.strokeStyle = colour('bad')
  ctx.lineWidth = pixel
  ctx.setLineDash([4 * pixel, 4 * pixel])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}

const rarityLabels = ['', '1 in 10', '1 in 100', '1 in 1k', '1 in 10k', '1 in 100k', '1 in 1M']

/** The plot of how rare each sample was. */
export function rarityPlot(host: HTMLElement, owner: PlotOwner): uPlot {
  const base = shared(owner)
  const options: Options = {
    ...base,
    width: host.clientWidth,
    height: host.clientHeight,
    padding: [6, rightPad, 4, 0],
    scales: {
      x: { time: false },
      y: { range: (_plot, _min, max) => [0, Math.min(rarityMax, Math.max(3.3, max + 0.3))] },
    },
    axes: [
      timeAxis(false),
      {
        font,
        size: axisWidth,
        stroke: () => colour('ink-3'),
        grid: { stroke: () => colour('grid'), width: 1 },
        ticks: { show: false },
        splits: () => [1, 3, 5],
        values: (_plot, splits) => splits.map((power) => rarityLabels[power] ?? ''),
      },
    ],
    series: [
      {},
      {
        label: 'rarity',
        stroke: () => colour('score'),
        fill: () => colour('score-tint'),
        width: 1.25,
        points: { show: false },
      },
    ],
    hooks: { ...base.hooks, draw: [(plot) => drawThreshold(plot, owner.threshold())] },
  }
  const { timestampMs, rarity: rows } = owner.columns()
  return new uPlot(options, [timestampMs, rows], host)
}

/** For screen readers: what the chart shows, in a sentence. */
export function chartSentence(name: string, columns: PlotColumns): string {
  const last = columns.pastCount - 1
  const value = columns.value[last]
  if (value === undefined || value === null) return `Chart of ${name}: no samples yet.`
  const lower = columns.lower[last]
  const upper = columns.upper[last]
  const band =
    lower === null || lower === undefined || upper === null || upper === undefined
      ? ''
      : `, expected ${short(lower)} to ${short(upper)}`
  const odd = columns.anomalies.length
  const next = columns.ahead.slice(columns.pastCount).find((ahead) => ahead !== null)
  const ahead = next === undefined || next === null ? '' : `, next ${short(next)}`
  const now = `last value ${short(value)}${band}${ahead}`
  return `Chart of ${name}: ${now}; ${grouped(odd)} anomalous samples.`
}
