import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { corpora, corporaFolder, corpusDigest } from '../corpora.ts'

const root = corporaFolder()

describe('the data sets are those that the numbers are of', () => {
  for (const [name, corpus] of Object.entries(corpora)) {
    const missing = existsSync(join(root, corpus.folder))
      ? ''
      : ` (left out: no folder "${corpus.folder}" in "${root}")`
    test.skipIf(missing !== '')(`${name}: every byte${missing}`, () => {
      expect(corpusDigest(root, corpus)).toBe(corpus.digest)
    })
  }
})
