/** The page: bar, list, chart, alarms, bad input; on a narrow screen one of them at a time. */

import { AlarmVoice, AlarmsPanel } from './alarms.tsx'
import { activeAlarms, link, rejections } from './board.ts'
import { DetailPanel } from './detail.tsx'
import { Help } from './help.tsx'
import { BellIcon, BrokenIcon, ChartIcon, ListIcon } from './icons.tsx'
import { pane } from './jump.ts'
import type { Pane } from './jump.ts'
import { RejectionsPanel } from './rejections.tsx'
import { SeriesPanel } from './series-list.tsx'
import { SignIn } from './sign-in.tsx'
import { TopBar } from './top-bar.tsx'

const tabs: readonly {
  readonly pane: Pane
  readonly label: string
  readonly icon: () => unknown
}[] = [
  { pane: 'series', label: 'Series', icon: ListIcon },
  { pane: 'chart', label: 'Chart', icon: ChartIcon },
  { pane: 'alarms', label: 'Alarms', icon: BellIcon },
  { pane: 'rejections', label: 'Bad input', icon: BrokenIcon },
]

function Tabs() {
  const numbers = { alarms: activeAlarms.value.length, rejections: rejections.value.total }
  return (
    <nav class="tabs" aria-label="Parts of the page">
      {tabs.map(({ pane: of, label, icon }) => (
        <button
          type="button"
          key={of}
          aria-current={pane.value === of ? 'page' : undefined}
          onClick={() => (pane.value = of)}
        >
          {icon() as never}
          {label}
          {of === 'alarms' && numbers.alarms > 0 && <span class="number">{numbers.alarms}</span>}
        </button>
      ))}
    </nav>
  )
}

export function App() {
  if (link.value === 'signed-out') return <SignIn />
  return (
    <div class="app" data-pane={pane.value}>
      <TopBar />
      <SeriesPanel />
      <main>
        <DetailPanel />
        <AlarmsPanel />
        <RejectionsPanel />
      </main>
      <Tabs />
      <Help />
      <AlarmVoice />
    </div>
  )
}
