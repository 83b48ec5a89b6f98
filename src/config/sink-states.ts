/** How the sinks of a configuration stand, for whoever reads the API. */

import { statesByName } from '../core/sink-state.ts'
import type { SinkState } from '../core/sink-state.ts'
import { withoutSecrets } from '../telemetry/log.ts'
import type { Config } from './config.ts'

/** One state a sink; what went wrong is told without the configuration's secrets. */
export function sinkStates(
  deliveries: readonly { state(): SinkState }[],
  { secrets }: Pick<Config, 'secrets'>,
): SinkState[] {
  const states = statesByName(deliveries.map((delivery) => delivery.state()))
  return states.map((state) => {
    return Object.assign(state, { lastError: withoutSecrets(state.lastError, secrets) })
  })
}
