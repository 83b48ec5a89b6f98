/**
 * Encoder, spatial pooler and temporal memory of one series, put together from settings.
 */

import type { Calendar } from './calendar.ts'
import { ColumnDuties } from './column-duties.ts'
import { inputBits, InputEncoder } from './input-encoder.ts'
import type { InputShape } from './input-encoder.ts'
import { permanenceOne } from './pooler-matrix.ts'
import type { PoolerMatrices, PoolerShape } from './pooler-matrix.ts'
import type { HtmSettings } from './presets.ts'
import { SpatialPooler } from './spatial-pooler.ts'
import { TemporalMemory } from './temporal-memory.ts'

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
  readonly matrices: PoolerMatrices
}

/** The three stages of one series. */
export interface Network {
  readonly encoder: InputEncoder
  readonly pooler: SpatialPooler
  readonly memory: TemporalMemory
}

/** A permanence or a change of one, in whole ten-thousandths. */
export function tenThousandths(share: number): number {
  return Math.round(share * permanenceOne)
}

/** The bits that the settings encode a record into. */
export function inputShape({ settings, fieldCount }: NetworkPlan): InputShape {
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
export function poolerShape(plan: NetworkPlan): PoolerShape {
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
  const memory = newMemory(plan)
  return { encoder, pooler: newPooler(plan, encoder.active.length), memory }
}

function newPooler(plan: NetworkPlan, activeInputs: number): SpatialPooler {
  const { settings, matrices } = plan
  const { columns, activeColumns, boostStrength, weakShare } = settings
  const shape = poolerShape(plan)
  const duties =
    boostStrength === 0 && weakShare === 0
      ? undefined
      : new ColumnDuties({
          columnCount: columns,
          activeCount: activeColumns,
          boostStrength,
          weakShare,
        })
  const rates = {
    activeCount: activeColumns,
    activeInputs,
    increment: tenThousandths(settings.poolerIncrement),
    decrement: tenThousandths(settings.poolerDecrement),
  }
  return new SpatialPooler({ shape, rates, base: matrices.find(shape), duties })
}

function newMemory({ settings, seed }: NetworkPlan): TemporalMemory {
  return new TemporalMemory(
    {
      columnCount: settings.columns,
      cellsPerColumn: settings.cellsPerColumn,
      synapsesMax: settings.synapsesMax,
      segmentsMax: settings.segmentsMax,
      activationThreshold: settings.activationThreshold,
      matchingThreshold: settings.matchingThreshold,
      connected: tenThousandths(settings.connectedPermanence),
    },
    {
      initial: tenThousandths(settings.initialPermanence),
      increment: tenThousandths(settings.permanenceIncrement),
      decrement: tenThousandths(settings.permanenceDecrement),
      predictedDecrement: tenThousandths(settings.predictedDecrement),
      newSynapses: settings.newSynapses,
      segmentsPerCellMax: settings.segmentsPerCellMax,
      surpriseShare: settings.surpriseShare,
      seed,
    },
  )
}
