/** Where the page starts. */

import { effect } from '@preact/signals'
import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import './style/tokens.css'
import './style/layout.css'
import './style/panels.css'
import { App } from './app.tsx'
import { firingCount, nowMs, select, selected, series } from './board.ts'
import { startAddress } from './jump.ts'
import { startKeys } from './keys.ts'
import { startLiveLink } from './live-link.ts'
import { startTheme } from './theme.ts'

startTheme()
startAddress()
startKeys()
startLiveLink()
setInterval(() => (nowMs.value = Date.now()), 1_000)

effect(() => {
  document.title = firingCount.value > 0 ? `(${firingCount.value}) Forewarn` : 'Forewarn'
})

effect(() => {
  const first = series.value.order?.[0]
  if (selected.value === '' && first !== undefined) select(first)
})

const host = document.querySelector('#page')
if (host !== null) {
  host.replaceChildren()
  render(<App />, host)
}
