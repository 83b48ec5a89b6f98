/** The keyboard. */

import { signal } from '@preact/signals'
import {
  activeAlarms,
  pastAlarms,
  paused,
  search,
  select,
  selected,
  series,
  span,
  togglePause,
} from './board.ts'
import { showAlarm } from './jump.ts'
import { toggleTheme } from './theme.ts'

/** What each key does, for the help. */
export const keyHelp = [
  { keys: ['/'], what: 'search series' },
  { keys: ['j', '↓'], what: 'next series' },
  { keys: ['k', '↑'], what: 'previous series' },
  { keys: ['a'], what: 'go to the newest alarm' },
  { keys: ['p'], what: 'pause and go on' },
  { keys: ['d'], what: 'dark or light' },
  { keys: ['Enter'], what: 'take the first series found' },
  { keys: ['Esc'], what: 'leave the search, reset the zoom' },
  { keys: ['?'], what: 'this help' },
] as const

export const helpOpen = signal(false)

function step(by: number): void {
  const order = series.value.order ?? []
  const at = order.indexOf(selected.value)
  const next = order[Math.max(0, Math.min(order.length - 1, at < 0 ? 0 : at + by))]
  if (next !== undefined) select(next)
}

function escape(): void {
  const { activeElement } = document
  if (helpOpen.value) helpOpen.value = false
  else if (activeElement instanceof HTMLInputElement) {
    search.value = ''
    activeElement.blur()
  } else if (span.value !== undefined) span.value = undefined
  else if (paused.value) togglePause()
}

const actions: Readonly<Record<string, () => void>> = {
  '/': () => document.querySelector<HTMLInputElement>('#search')?.focus(),
  j: () => step(1),
  ArrowDown: () => step(1),
  k: () => step(-1),
  ArrowUp: () => step(-1),
  a: () => {
    const newest = activeAlarms.value[0] ?? pastAlarms.value[0]
    if (newest !== undefined) showAlarm(newest)
  },
  p: togglePause,
  d: toggleTheme,
  '?': () => (helpOpen.value = !helpOpen.value),
  Escape: escape,
}

/** Arrows scroll what can be scrolled; only in the list and on the bare page they step. */
function stepsHere(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return true
  return target === document.body || target.closest('.series-list') !== null
}

/** Listens for the whole page. Called once. */
export function startKeys(): void {
  document.addEventListener('keydown', (press) => {
    if (press.ctrlKey || press.metaKey || press.altKey || press.defaultPrevented) return
    const typing = press.target instanceof HTMLInputElement
    if (typing && press.key !== 'Escape') return
    if (press.key.startsWith('Arrow') && !stepsHere(press.target)) return
    const action = actions[press.key]
    if (action === undefined) return
    if (helpOpen.value && press.key !== 'Escape' && press.key !== '?') return
    press.preventDefault()
    action()
  })
}
