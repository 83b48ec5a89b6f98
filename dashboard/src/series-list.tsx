/** The list of series: search, filter, and a row for each, trouble first. */

import { useEffect, useRef } from 'preact/hooks'
import type { SeriesSummary } from '../../src/series/series-summary.ts'
import { filter, search, select, selected, series, sparks } from './board.ts'
import type { Filter } from './board.ts'
import { SearchIcon, StateMark } from './icons.tsx'
import { pane } from './jump.ts'
import { endAndPath, keyParts } from './key-parts.ts'
import { grouped, short, stateInWords, stateOf } from './words.ts'

const filters: readonly { readonly value: Filter; readonly label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'firing', label: 'Firing' },
  { value: 'learning', label: 'Learning' },
]

const sparkWidth = 56
const sparkHeight = 18

function Row(props: { row: SeriesSummary; chosen: boolean; place: number }) {
  const { row, chosen, place } = props
  const element = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (chosen) element.current?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const { name, labels } = keyParts(row.key)
  const { end, path } = endAndPath(name)
  const below = labels.map(([, value]) => value)
  if (path !== '') below.unshift(path)
  const state = stateOf(row)
  // Each part carries the state itself: Chromium does not restyle the inside of a row that is moved
  // and changes its class at once.
  const line = sparks.line(row.key, sparkWidth, sparkHeight)
  return (
    <li
      ref={element}
      id={`row-${place}`}
      data-key={row.key}
      role="option"
      aria-selected={chosen}
      class={`row ${state}`}
      onClick={() => {
        select(row.key)
        pane.value = 'chart'
      }}
    >
      <StateMark state={state} learned={row.learnedSamples} probation={row.probationSamples} />
      <span class="name" title={row.key}>
        {end}
      </span>
      <span class="value">{short(row.lastValue)}</span>
      <span class="labels">{below.join(' · ')}</span>
      <svg class="spark" viewBox={`0 0 ${sparkWidth} ${sparkHeight}`} aria-hidden="true">
        {line !== '' && <polyline class={state} points={line} />}
      </svg>
      <span class={`state ${state}`}>{state === 'ok' ? '' : stateInWords(row)}</span>
    </li>
  )
}

function Empty() {
  if (series.value.order === undefined) return <p class="empty">Waiting for the server …</p>
  if (search.value !== '') {
    return (
      <p class="empty">
        No series matches “{search.value}”.{' '}
        <button type="button" class="plain" onClick={() => (search.value = '')}>
          Clear the search
        </button>
      </p>
    )
  }
  if (filter.value === 'firing') return <p class="empty">Nothing is firing.</p>
  if (filter.value === 'learning') return <p class="empty">Nothing is learning any more.</p>
  return (
    <p class="empty">
      No series yet. Each one appears here with its first sample and is learned before it is judged.
    </p>
  )
}

function Rows() {
  const { order = [], rows, total } = series.value
  if (order.length === 0) return <Empty />
  const whole = search.value === '' && filter.value === 'all'
  return (
    <>
      <ul
        class="series-list"
        role="listbox"
        aria-label="Series"
        tabIndex={0}
        aria-activedescendant={`row-${order.indexOf(selected.value)}`}
      >
        {order.map((key, place) => {
          const row = rows.get(key)
          return row && <Row key={key} row={row} chosen={key === selected.value} place={place} />
        })}
      </ul>
      {whole && order.length < total && (
        <p class="more">
          {order.length} of {grouped(total)} series shown. Search for the others.
        </p>
      )}
    </>
  )
}

/** Shows the first series found and leaves the field, with the list as it is. */
function takeFirst(field: HTMLInputElement): void {
  const first = series.value.order?.[0]
  if (first === undefined) return
  select(first)
  pane.value = 'chart'
  field.blur()
}

export function SeriesPanel() {
  return (
    <nav class="series-panel" aria-label="Series">
      <div class="search">
        <SearchIcon />
        <input
          id="search"
          type="search"
          placeholder="Search series"
          aria-label="Search series"
          spellcheck={false}
          autocomplete="off"
          value={search.value}
          onInput={(typed) => (search.value = typed.currentTarget.value)}
          onKeyDown={(press) => {
            if (press.key === 'Enter') takeFirst(press.currentTarget)
          }}
        />
        <kbd class="wide-only">/</kbd>
      </div>
      <div class="filters" role="group" aria-label="Filter">
        {filters.map(({ value, label }) => (
          <button
            type="button"
            key={value}
            aria-pressed={filter.value === value}
            onClick={() => (filter.value = value)}
          >
            {label}
          </button>
        ))}
      </div>
      <Rows />
    </nav>
  )
}
