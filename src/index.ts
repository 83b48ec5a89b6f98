/**
 * Forewarn as a library: detectors, alarms, codecs, the flow of a record and the whole program.
 *
 *   import { Assessment, detectorFactory } from 'forewarn'
 *
 *   const create = detectorFactory('ema', [])
 *   const detector = create({ probationSamples: 150, valueMin: 0, valueMax: 100 })
 *   const assessment = new Assessment()
 *   detector.update(timestampMs, value, 'on', assessment)
 */

export { Alarm } from './alarm/alarm.ts'
export { decision } from './alarm/decision.ts'
export { alarmOptions, defaultThreshold } from './alarm/rule.ts'
export type { AlarmRule } from './alarm/rule.ts'
export type { Decoder, Encoder } from './codecs/codec.ts'
export { decoders, encoders } from './codecs/registry.ts'
export { compose } from './config/compose.ts'
export { detectorFactory } from './config/detector-choice.ts'
export { loadConfig } from './config/load.ts'
export { tables } from './config/tables.ts'
export { Assessment } from './core/assessment.ts'
export { ForewarnError } from './core/errors.ts'
export { Labels } from './core/labels.ts'
export { Ledger } from './core/ledger.ts'
export type { Observation, Origin } from './core/observation.ts'
export { optionsWithDefaults } from './core/options.ts'
export type { InputRecord } from './core/record.ts'
export type { Rejection } from './core/rejection.ts'
export { reportId } from './core/report.ts'
export type { Report } from './core/report.ts'
export { SnapshotReader, SnapshotWriter } from './core/snapshot.ts'
export type { Detector, ForecastingDetector, ScoreFilter } from './detectors/detector.ts'
export { filtered } from './detectors/filtered.ts'
export { detectors, scoreFilters } from './detectors/registry.ts'
export { runPipeline } from './pipeline.ts'
export { Catalog } from './series/catalog.ts'
export { Flow } from './series/flow.ts'
export { Series } from './series/series.ts'
export type { Sink } from './sinks/sink.ts'
export { SinkError } from './sinks/sink.ts'
export type { Source } from './sources/source.ts'
export { MemoryStore } from './stores/memory.ts'
export type { StateStore } from './stores/store.ts'
