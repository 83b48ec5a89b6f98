import { expect, test } from 'vitest'
import { sourcesDigest } from '../../../kernels/sources.ts'
import { kernelSources } from '../../../src/detectors/htm/kernel-bytes.ts'

test('the compiled kernel is of the sources that stand beside it', () => {
  expect(kernelSources, 'compile anew: kernels/build.ts').toBe(sourcesDigest('htm'))
})
