/** The report of a refused sample of a known series. */

import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { rejection, rejectionReasons } from '../core/rejection.ts'
import type { RejectionReason } from '../core/rejection.ts'
import type { RejectionReport } from '../core/report.ts'

/** See the head of the file. */
export function sampleRejection(
  labels: Labels,
  { value, timestampMs, origin }: Observation,
  reason: RejectionReason,
): RejectionReport {
  const text = `${labels.key} ${value} ${timestampMs}`
  const refused = rejection(reason, rejectionReasons[reason], text)
  return { kind: 'rejection', ...refused, labels, timestampMs, origin }
}
