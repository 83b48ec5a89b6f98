/** The chart of the selected series: plots, what they are fed, and the choice of time. */

import { useSignalEffect } from '@preact/signals'
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import type { AlarmEntry, SampleColumns } from '../../src/core/feed.ts'
import { alarms, selected, selectedRow, shown, span, windowMs } from './board.ts'
import { chartSentence, rarityPlot, valuePlot, valueRows } from './plot.ts'
import type { PlotOwner, Stretch } from './plot.ts'
import { plotColumns } from './plot-columns.ts'
import { keyParts } from './key-parts.ts'
import { statusFlag } from './samples.ts'
import { theme } from './theme.ts'

/** Row of the plot under the pointer, as index into the samples' times; null for none. */
export const pointedMs = signal<number | null>(null)

/** Parts of time to tint: where it only learned, and where alarms were up. */
function stretchesOf(key: string, drawn: SampleColumns, all: Iterable<AlarmEntry>): Stretch[] {
  const stretches: Stretch[] = []
  const learned = drawn.flags.findIndex((flags) => statusFlag(flags) !== 0)
  const firstMs = drawn.timestampMs[0]
  if (firstMs !== undefined && learned !== 0) {
    const toMs = drawn.timestampMs[learned] ?? drawn.timestampMs.at(-1) ?? firstMs
    stretches.push({ fromMs: firstMs, toMs, kind: 'learning' })
  }
  for (const alarm of all) {
    if (alarm.key !== key) continue
    const kind = alarm.state === 'pending' ? 'pending' : 'firing'
    stretches.push({ fromMs: alarm.startedMs, toMs: alarm.endedMs ?? Infinity, kind })
  }
  return stretches
}

/** The part of time that is shown. */
function shownRange(timestampMs: readonly number[]): { min: number; max: number } {
  const chosen = span.value
  if (chosen !== undefined) return { min: chosen.fromMs, max: chosen.toMs }
  const last = timestampMs.at(-1) ?? 0
  const first = Math.max(timestampMs[0] ?? 0, last - windowMs.value)
  return { min: first, max: Math.max(last, first + 1_000) }
}

interface Plots {
  readonly value: uPlot
  readonly rarity: uPlot
  readonly refresh: () => void
}

function startPlots(valueHost: HTMLElement, rarityHost: HTMLElement): Plots {
  let columns = plotColumns(shown.value.columns)
  let stretches: Stretch[] = []
  const owner: PlotOwner = {
    columns: () => columns,
    stretches: () => stretches,
    threshold: () => selectedRow.value?.threshold ?? null,
    onPoint: (row) => (pointedMs.value = row === null ? null : (columns.timestampMs[row] ?? null)),
    onChoose: (fromMs, toMs) => (span.value = { fromMs, toMs }),
    onReset: () => (span.value = undefined),
  }
  const value = valuePlot(valueHost, owner)
  const rarity = rarityPlot(rarityHost, owner)
  const refresh = (): void => {
    columns = plotColumns(shown.value.columns, shown.value.bucketMs, shown.value.forecast)
    stretches = stretchesOf(selected.value, shown.value.columns, alarms.value.values())
    const range = shownRange(columns.timestampMs)
    value.batch(() => {
      value.setData(valueRows(columns), false)
      value.setScale('x', range)
    })
    rarity.batch(() => {
      rarity.setData([columns.timestampMs, columns.rarity], false)
      rarity.setScale('x', range)
    })
    valueHost.setAttribute('aria-label', chartSentence(keyParts(selected.value).name, columns))
  }
  return { value, rarity, refresh }
}

/** Keeps a plot as large as its place. */
function fitted(plot: uPlot, host: HTMLElement): ResizeObserver {
  const observer = new ResizeObserver(() => {
    plot.setSize({ width: host.clientWidth, height: host.clientHeight })
  })
  observer.observe(host)
  return observer
}

export function Chart() {
  const valueHost = useRef<HTMLDivElement>(null)
  const rarityHost = useRef<HTMLDivElement>(null)
  const plots = useRef<Plots | undefined>(undefined)
  useEffect(() => {
    const [above, below] = [valueHost.current, rarityHost.current]
    if (above === null || below === null) return undefined
    const made = startPlots(above, below)
    plots.current = made
    made.refresh()
    const observers = [fitted(made.value, above), fitted(made.rarity, below)]
    return () => {
      plots.current = undefined
      for (const observer of observers) observer.disconnect()
      made.value.destroy()
      made.rarity.destroy()
      pointedMs.value = null
    }
  }, [])
  useSignalEffect(() => {
    void [shown.value, alarms.value, selected.value, span.value, windowMs.value, theme.value]
    plots.current?.refresh()
  })
  return (
    <div class="plots">
      <div class="value-plot" ref={valueHost} role="img" />
      <h3 class="strip-title">How rare each sample was</h3>
      <div class="rarity-plot" ref={rarityHost} role="img" aria-label="How rare each sample was" />
    </div>
  )
}
