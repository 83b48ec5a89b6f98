/** The bar at the top: what this is, how it goes, and the switches. */

import {
  failingSinks,
  firingCount,
  filter,
  link,
  paused,
  series,
  togglePause,
  waiting,
} from './board.ts'
import { KeysIcon, MoonIcon, PauseIcon, PlayIcon, SunIcon } from './icons.tsx'
import { helpOpen } from './keys.ts'
import { pane } from './jump.ts'
import { theme, toggleTheme } from './theme.ts'
import { counted } from './words.ts'

const linkWords = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Reconnecting',
  'signed-out': 'Signed out',
} as const

function LinkState() {
  const state = paused.value && link.value === 'live' ? 'paused' : link.value
  const more = waiting.value > 0 ? ` · ${counted(waiting.value, 'new sample', 'new samples')}` : ''
  return (
    <span class={`link-state ${state}`} role="status">
      <span class="dot" />
      {state === 'paused' ? `Paused${more}` : linkWords[state]}
    </span>
  )
}

function showFiring(): void {
  filter.value = filter.value === 'firing' ? 'all' : 'firing'
  pane.value = 'series'
}

function showSinks(): void {
  pane.value = 'sinks'
  document.querySelector('.sinks-panel .failing')?.scrollIntoView({ block: 'nearest' })
}

export function TopBar() {
  const dark = theme.value === 'dark'
  const firing = firingCount.value
  const failing = failingSinks.value.length
  return (
    <header class="top-bar">
      <h1 class="brand">
        <img src="./favicon.svg" width="22" height="22" alt="" />
        Forewarn
      </h1>
      <LinkState />
      <p class="counts">
        {series.value.order !== undefined && (
          <span class="total">{counted(series.value.total, 'series', 'series')}</span>
        )}
        {firing > 0 && (
          <button type="button" class="firing-count" onClick={showFiring}>
            {firing} firing
          </button>
        )}
        {failing > 0 && (
          <button type="button" class="failing-count" onClick={showSinks}>
            {counted(failing, 'sink fails', 'sinks fail')}
          </button>
        )}
      </p>
      <div class="switches">
        <button
          type="button"
          class="switch"
          aria-pressed={paused.value}
          aria-label={paused.value ? 'Go on' : 'Pause'}
          title={paused.value ? 'Go on (p)' : 'Pause (p)'}
          onClick={togglePause}
        >
          {paused.value ? <PlayIcon /> : <PauseIcon />}
        </button>
        <button
          type="button"
          class="switch"
          aria-label={dark ? 'Light' : 'Dark'}
          title={dark ? 'Light (d)' : 'Dark (d)'}
          onClick={toggleTheme}
        >
          {dark ? <SunIcon /> : <MoonIcon />}
        </button>
        <button
          type="button"
          class="switch wide-only"
          aria-label="Keyboard"
          title="Keyboard (?)"
          onClick={() => (helpOpen.value = true)}
        >
          <KeysIcon />
        </button>
      </div>
    </header>
  )
}
