import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  alarmReport,
  anyReport,
  forecastReport,
  rejectionReport,
  scoreReport,
} from '../../test/sample-reports.ts'
import type { Report } from '../core/report.ts'
import { JsonLinesEncoder } from './json-lines.ts'
import { WebhookEncoder } from './webhook.ts'

const text = (reports: readonly Report[]): string =>
  new TextDecoder().decode(new WebhookEncoder({ pageUrl: '' }).encode(reports))

const schemaFile = new URL('../../docs/formats/webhook.schema.json', import.meta.url)
const schema = z.fromJSONSchema(JSON.parse(readFileSync(schemaFile, 'utf8')))

test('the reports of a batch are one body, each as json-lines has it', () => {
  const reports = [alarmReport('firing'), scoreReport(), forecastReport(), rejectionReport()]
  const { reports: got, ...rest } = JSON.parse(text(reports)) as { reports: unknown[] }
  const lines = new TextDecoder().decode(new JsonLinesEncoder().encode(reports)).trim().split('\n')
  expect(rest).toEqual({ version: '1', sender: 'forewarn' })
  expect(got).toEqual(lines.map((line) => JSON.parse(line) as unknown))
  expect(text([])).toBe('')
})

test('any body keeps the published schema', () => {
  fc.assert(
    fc.property(fc.array(anyReport, { minLength: 1, maxLength: 5 }), (reports) => {
      const { success, error } = schema.safeParse(JSON.parse(text(reports)))
      expect(error?.message ?? '').toBe('')
      expect(success).toBe(true)
    }),
  )
})

test('the published schema refuses what is no body', () => {
  const body = JSON.parse(text([alarmReport('firing')])) as { reports: object[] }
  const f = (changed: object): void => expect(schema.safeParse(changed).success).toBe(false)
  f({ ...body, version: '2' })
  f({ ...body, reports: [] })
  f({ ...body, reports: [{ ...body.reports[0], state: 'lost' }] })
  f({ ...body, reports: [{ ...body.reports[0], id: 'short' }] })
  f({ ...body, reports: [{ kind: 'alarm' }] })
})
