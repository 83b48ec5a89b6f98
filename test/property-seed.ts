/**
 * The seed of every property test: one and the same in each run, so that the gate tries tomorrow
 * what it tried today. FOREWARN_TEST_SEED names another one, an integer, to look further.
 */

import fc from 'fast-check'

const text = process.env['FOREWARN_TEST_SEED'] ?? '1'
const seed = Number(text)
if (!Number.isInteger(seed)) throw new Error(`FOREWARN_TEST_SEED is no integer: ${text}`)
fc.configureGlobal({ seed })
