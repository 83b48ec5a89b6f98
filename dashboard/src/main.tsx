/** Where the page starts. */

import { effect } from '@preact/signals'
import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import './style/tokens.css'
import './style/layout.css'
import './style/panels.css'
import './style/objectives.css'
import { App } from './app.tsx'
import { firingCount, nowMs, select, selected, worthALook } from './board.ts'
import { startAddress } from './jump.ts'
import { startKeys } from './keys.ts'
import { startLiveLink } from './live-link.ts'
import { startPast } from './past.ts'
import { followSilences } from './say.ts'
import { startTheme } from './theme.ts'

startTheme()
startAddress()
startKeys()
startLiveLink()
startPast()
followSilences()
setInterval(() => (nowMs.value = Date.now()), 1_000)

effect(() => {
  document.title = firingCount.value > 0 ? `(${firingCount.value}) Forewarn` : 'Forewarn'
})

effect(() => {
  if (selected.value === '') select(worthALook())
})

const host = document.querySelector('#page')
if (host !== null) {
  host.replaceChildren()
  render(<App />, host)
}
