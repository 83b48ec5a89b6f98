/**
 * What people say where several programs share a topic: it goes through a topic of its own to all
 * of them, and each partition hears it.
 */

import type { Clock } from '../core/clock.ts'
import type { ControlDesk } from '../server/control.ts'
import type { Silence } from '../series/silences.ts'
import { ControlTopic } from '../sources/kafka/control-topic.ts'
import type { KafkaSourceOptions } from '../sources/kafka/options.ts'
import type { Surroundings } from './compose.ts'
import type { Config } from './config.ts'
import type { Partitions } from './partitions.ts'

/** The topic, of the first source that names one; undefined where none does. */
export function controlTopic(
  { sources }: Config,
  { telemetry, clock }: Surroundings,
  onWord: () => void,
): ControlTopic | undefined {
  for (const { name, type, options } of sources) {
    const connection = options as KafkaSourceOptions
    if (type !== 'kafka' || connection.controlTopic === '') continue
    const onFailure = (error: unknown, againMs: number): void =>
      telemetry.sourceFailed(`${name}.control`, error, againMs)
    return new ControlTopic({
      connection,
      topic: connection.controlTopic,
      clock,
      onFailure,
      onWord,
    })
  }
  return undefined
}

/**
 * Where people are heard. Every program knows all silences, by the topic; of alarms it knows those
 * of its own partitions, so a word about another one is passed on: whoever has it hears it.
 */
export function wordDesk(control: ControlTopic, partitions: Partitions, clock: Clock): ControlDesk {
  return {
    say: (word) => control.say(word),
    silences: () => heldSilences(control, clock.nowMs()),
    alarmState: async (alarmId) => (await partitions.alarmState(alarmId)) ?? 'firing',
  }
}

/** The silences that hold by the words in their order. */
function heldSilences(control: ControlTopic, nowMs: number): Silence[] {
  const held = new Map<string, Silence>()
  for (const word of control.after(-1)) {
    if (word.action === 'end_silence') held.delete(word.silenceId)
    if (word.action !== 'silence') continue
    const { silenceId, match, alarmId, who, text, untilMs, origin } = word
    const createdMs = held.get(silenceId)?.createdMs ?? origin.receivedMs
    held.set(silenceId, { silenceId, match, alarmId, who, text, untilMs, createdMs })
  }
  return [...held.values()].filter(({ untilMs }) => untilMs > nowMs)
}
