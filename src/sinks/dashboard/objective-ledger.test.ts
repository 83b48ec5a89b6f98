import { expect, test } from 'vitest'
import { noonMs, scoreReport, warningReport } from '../../../test/sample-reports.ts'
import { Labels } from '../../core/labels.ts'
import { ObjectiveLedger } from './objective-ledger.ts'

const labels = Labels.named('shop', [])

function score(i: number, rawScore: number): ReturnType<typeof scoreReport> {
  return scoreReport({ labels, timestampMs: noonMs + i * 1000, rawScore, foretells: true })
}

test('an objective has its last probabilities, its last warning, and what they were worth', () => {
  const ledger = new ObjectiveLedger()
  ledger.takeScore(score(0, 0.2), 1)
  ledger.takeScore(score(1, 0.9), 2)
  ledger.takeWarning(warningReport('told', { totals: { true: 0, false: 0, missed: 0 } }), 3)
  ledger.takeWarning(warningReport('true', { totals: { true: 1, false: 0, missed: 0 } }), 4)
  expect(ledger.lastSequence).toBe(4)
  expect(ledger.entries()).toMatchObject([
    {
      key: 'shop',
      timestampMs: [noonMs, noonMs + 1000],
      probability: [0.2, 0.9],
      warning: { state: 'true', metric: 'mean', limit: 70, leading: 'cpu', probability: 0.93 },
      totals: { true: 1, false: 0, missed: 0 },
      leadMs: [20_000],
    },
  ])
})

test('the outcome of an earlier warning does not hide one that was told since', () => {
  const ledger = new ObjectiveLedger()
  ledger.takeWarning(warningReport('told', { warningId: 'first' }), 1)
  ledger.takeWarning(warningReport('told', { warningId: 'second' }), 2)
  ledger.takeWarning(warningReport('false', { warningId: 'first' }), 3)
  ledger.takeWarning(warningReport('missed', { warningId: 'none' }), 4)
  expect(ledger.entries()[0]?.warning).toMatchObject({ warningId: 'second', state: 'told' })
})

test('nothing is kept without bound', () => {
  const ledger = new ObjectiveLedger()
  for (let i = 0; i < 1000; i++) {
    ledger.takeScore(score(i, 0.5), i)
    ledger.takeWarning(warningReport('true'), i)
    ledger.takeScore({ ...score(i, 0.5), labels: Labels.named(`shop${i}`, []) }, i)
  }
  const entries = ledger.entries()
  expect(entries).toHaveLength(100)
  expect(entries.find(({ key }) => key === 'shop')?.probability).toHaveLength(300)
  expect(entries.find(({ key }) => key === 'shop')?.leadMs).toHaveLength(100)
})
