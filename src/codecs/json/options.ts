/** Options of the decoder of JSON messages, and which member of a message is what by them. */

import type { OptionSpecs, OptionsOf } from '../../core/options.ts'
import { timestampUnitOption } from '../../core/timestamp-text.ts'

export const jsonOptions = {
  valueKeys: {
    kind: 'text-list',
    default: [],
    about:
      'The members that are values, as paths like data.value. Empty: every member with a number.',
  },
  name: {
    kind: 'text',
    default: '',
    about: 'Name of the series where the message does not say it.',
  },
  nameKeys: {
    kind: 'text-list',
    default: ['name', 'metric'],
    about: 'The members that name the series.',
  },
  labelKeys: {
    kind: 'text-list',
    default: [],
    about: 'Members that become labels of the series, under their paths.',
  },
  labelObjects: {
    kind: 'text-list',
    default: ['labels', 'tags'],
    about: 'Members that are objects of labels.',
  },
  timestampKeys: {
    kind: 'text-list',
    default: ['timestamp', 'time', 'ts', '@timestamp'],
    about: 'The members that are the time of a message.',
  },
  time: {
    kind: 'choice',
    words: ['field', 'receive', 'tick'],
    default: 'field',
    about:
      'Where the time comes from. field: the timestamp member; where there is none, the time of ' +
      'receipt. receive: always the time of receipt. tick: the timestamp member counts ticks.',
  },
  tickMs: {
    kind: 'duration',
    min: 1,
    max: 86_400_000,
    default: 100,
    about: 'Length of a tick, where time is counted in ticks.',
  },
  timestampUnit: timestampUnitOption,
  messageBytesMax: {
    kind: 'size',
    min: 256,
    max: 64 * 1024 * 1024,
    default: 256 * 1024,
    about: 'Longer messages are refused whole. An array of them may be longer.',
  },
} as const satisfies OptionSpecs

export type JsonOptions = OptionsOf<typeof jsonOptions>

/** What a member of a message is. */
export type MemberRole = 'time' | 'name' | 'label' | 'labels' | 'value'

/** The paths that mean something, with what they mean. */
export type MemberRoles = readonly { readonly path: Uint8Array; readonly role: MemberRole }[]

/** The meaning of paths that the options give; the first one of a path holds. */
export function memberRoles(options: JsonOptions): MemberRoles {
  const paths: [MemberRole, readonly string[]][] = [
    ['value', options.valueKeys],
    ['time', options.timestampKeys],
    ['label', options.labelKeys],
    ['name', options.nameKeys],
    ['labels', options.labelObjects],
  ]
  return paths.flatMap(([role, keys]) =>
    keys.map((key) => ({ path: new TextEncoder().encode(key), role })),
  )
}
