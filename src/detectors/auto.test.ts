import { Auto } from './auto.ts'
import { autoOptions } from './auto/options.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { detectorContract } from './detector.contract.ts'

detectorContract('auto', {
  create: () => new Auto(optionsWithDefaults(autoOptions, { probationSamples: 40 })),
  probationSamples: 40,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  stateBytesMax: 16_384,
  runs: 30,
})
