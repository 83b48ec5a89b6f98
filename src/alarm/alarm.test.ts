import { describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Alarm } from './alarm.ts'
import type { Decision } from './decision.ts'
import { alarmOptions } from './rule.ts'
import type { AlarmRule } from './rule.ts'

const letters: Record<string, Decision> = { q: 'quiet', a: 'anomalous', u: 'undecided' }
const shown = { inactive: 'i', pending: 'p', firing: 'F', resolved: 'r' }

/** The state after each decision, one second apart: `qaq` → `iFr`. */
function states(decisions: string, given: Partial<AlarmRule>): string {
  const rule = optionsWithDefaults(alarmOptions, given)
  const alarm = new Alarm()
  return [...decisions]
    .map((letter, i) => {
      alarm.update(letters[letter] as Decision, i * 1000, rule)
      return shown[alarm.state]
    })
    .join('')
}

function f(decisions: string, given: Partial<AlarmRule>, want: string): void {
  expect(states(decisions, given)).toBe(want)
}

describe('the alarm', () => {
  test('fires at once without hold and resolves at the first quiet sample', () => {
    f('qqaq', { keepFiringMs: 0 }, 'iiFr')
    f('aaqa', { keepFiringMs: 0 }, 'FFrF')
  })

  test('is inactive again one sample after it resolved', () => {
    f('aqqq', { keepFiringMs: 0 }, 'Frii')
  })

  test('stays pending until the condition held for holdMs', () => {
    f('aaaaq', { holdMs: 3000, keepFiringMs: 0 }, 'pppFr')
    f('aaqaaaa', { holdMs: 3000, keepFiringMs: 0 }, 'ppipppF')
  })

  test('needs N of the last M samples', () => {
    f('aqaqa', { needed: 3, windowSamples: 5, keepFiringMs: 0 }, 'iiiiF')
    f('aqqqqaqa', { needed: 3, windowSamples: 5, keepFiringMs: 0 }, 'iiiiiiii')
    f('aaaqqq', { needed: 3, windowSamples: 3, keepFiringMs: 0 }, 'iiFrii')
  })

  test('keeps firing until it was quiet for keepFiringMs since the last anomalous sample', () => {
    f('aqqqq', { keepFiringMs: 3000 }, 'FFFri')
    f('aqqaqqq', { keepFiringMs: 3000 }, 'FFFFFFr')
  })

  test('takes no notice of samples in probation', () => {
    f('uuauuq', { keepFiringMs: 0 }, 'iiFFFr')
  })

  test('resolves by a tick when its series went silent, and only then', () => {
    const rule = optionsWithDefaults(alarmOptions, { absentMs: 10_000 })
    const alarm = new Alarm()
    alarm.update('anomalous', 1000, rule)
    expect(alarm.tick(10_999, 1000, rule)).toBe(false)
    expect(alarm.tick(11_000, 1000, rule)).toBe(true)
    expect(alarm.state).toBe('resolved')
    expect(alarm.tick(12_000, 1000, rule)).toBe(false)
  })

  test('masks a stated number of samples while it fires', () => {
    const rule = optionsWithDefaults(alarmOptions, { maskedSamples: 2 })
    const alarm = new Alarm()
    const seen: string[] = []
    for (let i = 0; i < 5; i++) {
      seen.push(alarm.learning(rule))
      alarm.update('anomalous', i * 1000, rule)
    }
    expect(seen).toEqual(['on', 'masked', 'masked', 'on', 'on'])
  })

  test('remembers when the trouble began, not when it fired', () => {
    const rule = optionsWithDefaults(alarmOptions, { holdMs: 2000 })
    const alarm = new Alarm()
    for (const t of [5000, 6000, 7000]) alarm.update('anomalous', t, rule)
    expect(alarm.state).toBe('firing')
    expect(alarm.startedMs).toBe(5000)
  })

  test('goes on from a snapshot as if nothing had happened', () => {
    const rule = optionsWithDefaults(alarmOptions, { needed: 2, windowSamples: 4, holdMs: 1000 })
    const decisions = 'qaqaaqqqaaaqqqqqqaqa'
    for (let cut = 0; cut <= decisions.length; cut++) {
      const whole = new Alarm()
      let other = new Alarm()
      ;[...decisions].forEach((letter, i) => {
        if (i === cut) other = restored(other)
        whole.update(letters[letter] as Decision, i * 1000, rule)
        other.update(letters[letter] as Decision, i * 1000, rule)
        expect(other.state).toBe(whole.state)
        expect(other.startedMs).toBe(whole.startedMs)
      })
    }
  })
})

function restored(alarm: Alarm): Alarm {
  const writer = new SnapshotWriter()
  alarm.snapshot(writer)
  const copy = new Alarm()
  copy.restore(new SnapshotReader(writer.finish()))
  return copy
}
