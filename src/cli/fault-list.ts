/** Faults of the testbed as a list on the command line: names by comma, or a word for several. */

import { gradualFaults, suddenFaults } from '../testbed/fault.ts'
import type { FaultKind } from '../testbed/fault.ts'
import { choiceOf } from './choice.ts'

/** Every fault that can be named. */
export const faultKinds: readonly FaultKind[] = [...gradualFaults, ...suddenFaults]

const words: Readonly<Record<string, readonly FaultKind[]>> = {
  gradual: gradualFaults,
  sudden: suddenFaults,
  all: faultKinds,
  none: [],
  ...Object.fromEntries(faultKinds.map((kind) => [kind, [kind]])),
}

/** The faults that a text names, each once; a usage error where there is no such fault. */
export function faultsOf(text: string): readonly FaultKind[] {
  const named = text.split(',').flatMap((word) => choiceOf('fault', word.trim(), words))
  return [...new Set(named)]
}
