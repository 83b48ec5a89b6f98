import { expect, test } from 'vitest'
import { alarmOptions } from '../alarm/rule.ts'
import { Assessment } from '../core/assessment.ts'
import { Labels } from '../core/labels.ts'
import { Ledger } from '../core/ledger.ts'
import type { SavedOwner } from '../core/ledger.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Detector } from '../detectors/detector.ts'
import { catalogOptions } from '../series/catalog.ts'
import { gateOptions } from '../series/gate.ts'
import { IdleClock, idleClockKey } from '../series/idle-clock.ts'
import { Series } from '../series/series.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import type { Channel } from './channel.ts'
import type { Answer, Request } from './messages.ts'
import { Shard } from './shard.ts'
import { ShardedScoring } from './sharded-scoring.ts'

const day = 86_400_000
const startMs = 1_700_000_000_000

/** Finds nothing in anything. */
class Calm implements Detector {
  update(_timestampMs: number, _value: number, _learning: string, assessment: Assessment): void {
    assessment.inProbation = false
    assessment.score = 0
  }
  snapshot(): void {}
  restore(): void {}
}

function newSeries(labels: Labels): Series {
  const rule = {
    name: 'all',
    detector: 'calm',
    alarm: optionsWithDefaults(alarmOptions),
    gate: optionsWithDefaults(gateOptions),
    assessment: new Assessment(),
    reportScores: false,
    stateVersion: 1,
    stateDigest: 7,
  }
  return new Series(labels, rule, new Calm())
}

/** A shard in this thread: what is sent arrives later, one after the other. */
class NearChannel implements Channel {
  readonly #shard: Shard
  #answer: (answer: Answer) => void = () => undefined

  constructor() {
    this.#shard = new Shard({
      create: newSeries,
      ledger: new Ledger(),
      post: (answer) => queueMicrotask(() => this.#answer(answer)),
      later: queueMicrotask,
    })
  }

  open(answer: (answer: Answer) => void): void {
    this.#answer = answer
  }

  post(request: Request): void {
    queueMicrotask(() => this.#shard.take(request))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function newScoring(): ShardedScoring {
  const scoring = new ShardedScoring({
    channels: [new NearChannel(), new NearChannel()],
    options: optionsWithDefaults(catalogOptions, { idleAfterMs: day }),
    wanted: () => true,
    ledger: new Ledger(),
    transforms: [],
    clock: systemClock,
    takeRows: () => undefined,
  })
  scoring.begin(
    () => undefined,
    (error) => expect.unreachable(String(error)),
  )
  return scoring
}

let offset = 0

async function taken(scoring: ShardedScoring, names: readonly string[], tickMs: number) {
  const origin = () => ({ partition: 'p', offset: offset++, receivedMs: tickMs })
  for (const name of names) {
    const labels = Labels.named(name)
    const sample = { labels, timestampMs: tickMs, remainderNs: 0, value: 1, origin: origin() }
    scoring.judge.update({ ...sample, index: 0 }, scoring.reports)
    scoring.recordTaken('in')
  }
  scoring.judge.tick(tickMs, origin())
  scoring.recordTaken('in')
  scoring.flush()
  await scoring.offered()
}

async function saved(scoring: ShardedScoring): Promise<Map<string, SavedOwner>> {
  await scoring.cut(() => undefined)
  const { saved: owners } = await scoring.copies()
  scoring.saved()
  const byKey = new Map(owners.map((owner) => [owner.ownerKey, owner]))
  expect(byKey.size).toBe(owners.length)
  return byKey
}

test('after a loss everything is saved again, the clock of idle series as it runs', async () => {
  const scoring = newScoring()
  const names = ['a', 'b', 'c', 'd', 'e']
  await taken(scoring, names, startMs)
  const before = await saved(scoring)
  expect((await saved(scoring)).size).toBe(0)
  scoring.lost()
  const after = await saved(scoring)
  const series = [...after.keys()].filter((key) => key.startsWith('series/')).toSorted()
  expect(series).toEqual(names.map((name) => `series/${name}`))
  const sealed = after.get(idleClockKey)?.sealed as Uint8Array
  expect(sealed).toEqual(before.get(idleClockKey)?.sealed)
  const clock = new IdleClock(day, new Ledger())
  clock.unseal(sealed)
  expect(clock.idleBeforeMs(startMs + 1_000)).toBeUndefined()
})
