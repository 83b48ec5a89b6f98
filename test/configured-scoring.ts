/** The scoring that a configuration asks for, without sources and sinks, for tests. */

import { expect } from 'vitest'
import { loadConfig } from '../src/config/load.ts'
import { scoringOf } from '../src/config/shards.ts'
import { tables } from '../src/config/tables.ts'
import { Ledger } from '../src/core/ledger.ts'
import type { SavedOwner } from '../src/core/ledger.ts'
import type { Report } from '../src/core/report.ts'
import { singleReports } from '../src/core/score-run.ts'
import type { Scoring } from '../src/series/scoring.ts'
import { systemClock } from '../src/telemetry/system-clock.ts'

/** What is asked of it. */
export interface Wanted {
  /** The sections of the file beside sources. */
  readonly text: string
  readonly workers: number
  readonly scores?: boolean
  readonly forecasts?: boolean
  readonly saved?: readonly SavedOwner[]
  /** Told the keys of owners that could not be taken back; without it none may be. */
  readonly refused?: (ownerKey: string) => void
}

/** A scoring at work, and what it has reported. */
export class ConfiguredScoring {
  readonly scoring: Scoring
  readonly reports: Report[] = []

  private constructor(scoring: Scoring) {
    this.scoring = scoring
  }

  static async begin(wanted: Wanted): Promise<ConfiguredScoring> {
    const { text, workers, scores = false, forecasts = false, saved = [], refused } = wanted
    const file = { name: 'f.yaml', text: `${text}\nsources: { a: { type: stdin } }\n` }
    const config = { ...loadConfig({ file, environment: {}, sets: [] }, tables), workers }
    const around = { tables, transforms: [], ledger: new Ledger(), tracking: 'on' } as const
    const asked = { reportScores: scores, reportForecasts: forecasts, history: undefined }
    const made = new ConfiguredScoring(
      scoringOf(config, { ...around, clock: systemClock, ...asked }),
    )
    made.scoring.begin(
      ({ all }) => made.reports.push(...singleReports(all)),
      (error) => expect.unreachable(String(error)),
    )
    await made.scoring.restore(saved, (key, error) => {
      if (refused === undefined) expect.unreachable(`${key}: ${String(error)}`)
      else refused(key)
    })
    return made
  }

  /** Takes what one record is made of. */
  async take(record: (scoring: Scoring, reports: Report[]) => void): Promise<void> {
    const { scoring } = this
    for (let room = scoring.room(); room !== undefined; room = scoring.room()) await room
    record(scoring, scoring.reports)
    scoring.recordTaken('a')
    scoring.flush()
  }

  /** Everything saved at the end. Nothing can be taken after it. */
  async end(): Promise<readonly SavedOwner[]> {
    await this.scoring.offered()
    await this.scoring.cut(() => undefined)
    const { saved } = await this.scoring.copies()
    await this.scoring.close()
    return saved
  }
}
