/** The page: bar, list, chart, alarms, bad input; on a narrow screen one of them at a time. */

import { AlarmVoice, AlarmsPanel } from './alarms.tsx'
import { activeAlarms, failingSinks, link, objectives } from './board.ts'
import { DetailPanel } from './detail.tsx'
import { Help } from './help.tsx'
import { AheadIcon, BellIcon, BrokenIcon, ChartIcon, ListIcon, OutIcon } from './icons.tsx'
import { pane } from './jump.ts'
import type { Pane } from './jump.ts'
import { ObjectivesPanel } from './objectives.tsx'
import { RejectionsPanel } from './rejections.tsx'
import { SeriesPanel } from './series-list.tsx'
import { SinksPanel } from './sinks.tsx'
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
  { pane: 'objectives', label: 'Warnings', icon: AheadIcon },
  { pane: 'rejections', label: 'Bad input', icon: BrokenIcon },
  { pane: 'sinks', label: 'Sinks', icon: OutIcon },
]

function Tabs() {
  const shown = tabs.filter(({ pane: of }) => of !== 'objectives' || objectives.value.length > 0)
  const numbers: Partial<Record<Pane, number>> = {
    alarms: activeAlarms.value.length,
    sinks: failingSinks.value.length,
  }
  return (
    <nav class="tabs" aria-label="Parts of the page">
      {shown.map(({ pane: of, label, icon }) => (
        <button
          type="button"
          key={of}
          aria-current={pane.value === of ? 'page' : undefined}
          onClick={() => (pane.value = of)}
        >
          {icon() as never}
          {label}
          {(numbers[of] ?? 0) > 0 && <span class="number">{numbers[of]}</span>}
        </button>
      ))}
    </nav>
  )
}

export function App() {
  if (link.value === 'signed-out') return <SignIn />
  return (
    <div
      class="app"
      data-pane={pane.value}
      data-objectives={objectives.value.length > 0 ? 'some' : undefined}
    >
      <TopBar />
      <SeriesPanel />
      <main>
        <DetailPanel />
        <ObjectivesPanel />
        <AlarmsPanel />
        <RejectionsPanel />
        <SinksPanel />
      </main>
      <Tabs />
      <Help />
      <AlarmVoice />
    </div>
  )
}
