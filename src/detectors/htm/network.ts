/**
 * Encoder, spatial pooler and temporal memory of one series, put together from settings.
 */

import type { Calendar } from '../../stats/calendar.ts'
import { inputBits, InputEncoder } from './input-encoder.ts'
import type { InputShape } from './input-encoder.ts'
import type { Kernel, Kernels, KernelSettings } from './kernel.ts'
import { permanenceOne } from './pooler-matrix.ts'
import type { PoolerShape } from './pooler-matrix.ts'
import type { HtmSettings } from './presets.ts'

/** Active bits of every part of the input: Numenta's w. */
const activeBits = 21

/**
 * Seed of the bit sequence and of the pooler's initial matrix: the same for all, so that all models
 * of one kind share them. What differs between series comes from what they learn.
 */
export const matrixSeed = 42

/** What the initial state of a network follows from. */
export interface NetworkPlan {
  readonly settings: HtmSettings
  readonly fieldCount: number
  /** Of the temporal memory's draws. */
  readonly seed: number
  readonly calendar: Calendar
  readonly kernels: Kernels
}

/** The stages of one series; pooler and memory are in the kernel. */
export interface Network {
  readonly encoder: InputEncoder
  readonly kernel: Kernel
}

/** A permanence or a change of one, in whole ten-thousandths. */
function tenThousandths(share: number): number {
  return Math.round(share * permanenceOne)
}

/** The bits that the settings encode a record into. */
function inputShape({ settings, fieldCount }: NetworkPlan): InputShape {
  const shape = {
    fieldCount,
    value: { bits: settings.valueBits, activeBits },
    timeOfDay: { bits: settings.timeOfDayBits, activeBits },
    dayOfWeek: { bits: settings.dayOfWeekBits, activeBits },
    weekend: { bits: settings.weekendBits, activeBits },
    seed: matrixSeed,
  }
  if (settings.encoder === 'random') return shape
  return { ...shape, linear: { valueMin: 0, valueMax: 100 } }
}

/** The shape of the pooler's initial matrix. */
function poolerShape(plan: NetworkPlan): PoolerShape {
  const { settings } = plan
  const inputCount = inputBits(inputShape(plan))
  return {
    inputCount,
    columnCount: settings.columns,
    potentialCount: Math.round(settings.potentialShare * inputCount),
    connected: tenThousandths(settings.poolerConnected),
    seed: matrixSeed,
  }
}

/** A network that has learned nothing. */
export function newNetwork(plan: NetworkPlan): Network {
  const encoder = new InputEncoder(inputShape(plan), plan.calendar)
  return { encoder, kernel: plan.kernels.create(kernelSettings(plan, encoder.active.length)) }
}

function kernelSettings(plan: NetworkPlan, activeInputs: number): KernelSettings {
  const { settings, seed } = plan
  return {
    shape: poolerShape(plan),
    activeInputs,
    activeColumns: settings.activeColumns,
    poolerIncrement: tenThousandths(settings.poolerIncrement),
    poolerDecrement: tenThousandths(settings.poolerDecrement),
    boostStrength: settings.boostStrength,
    weakShare: settings.weakShare,
    cellsPerColumn: settings.cellsPerColumn,
    synapsesMax: settings.synapsesMax,
    segmentsMax: settings.segmentsMax,
    segmentsPerCellMax: settings.segmentsPerCellMax,
    activationThreshold: settings.activationThreshold,
    matchingThreshold: settings.matchingThreshold,
    newSynapses: settings.newSynapses,
    connected: tenThousandths(settings.connectedPermanence),
    initial: tenThousandths(settings.initialPermanence),
    increment: tenThousandths(settings.permanenceIncrement),
    decrement: tenThousandths(settings.permanenceDecrement),
    predictedDecrement: tenThousandths(settings.predictedDecrement),
    surpriseShare: settings.surpriseShare,
    seed,
  }
}
