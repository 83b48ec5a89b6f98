/** The flags by which a command is told its configuration. */

import type { FlagSpecs, FlagValues } from './arguments.ts'

/** Flags of `run` and `check`. */
export const configFlags = {
  config: {
    short: 'c',
    value: 'FILE',
    about: 'The configuration. Without it: FOREWARN_CONFIG, else forewarn.yaml in this folder.',
  },
  set: {
    value: 'PATH=VALUE',
    many: true,
    about: 'Set one value over file and environment, as sources.host.every=5s. May be repeated.',
  },
  listen: {
    value: 'ADDRESS',
    about: 'Short for --set server.listen=ADDRESS: 127.0.0.1:8687, or :8687 for every interface.',
  },
} as const satisfies FlagSpecs

/** What the flags set, as `path=value` texts. */
export function configSets(
  values: Pick<FlagValues<typeof configFlags>, 'set' | 'listen'>,
): readonly string[] {
  const listen = values.listen === undefined ? [] : [`server.listen=${values.listen}`]
  return [...values.set, ...listen]
}
