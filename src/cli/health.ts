/** `forewarn health`: does a program live, and is it ready; for whatever looks after processes. */

import { ApiClient, apiFlags } from './api-client.ts'
import { command, exitCodes } from './command.ts'

const { address } = apiFlags

const page = {
  name: 'forewarn health',
  usage: '[--ready] [--address URL]',
  summary: 'Ask a running program whether it is well.',
  about: [
    'For health checks of containers and scripts that wait for a start: nothing else has to be ' +
      'installed. Needs no token. A certificate of your own is trusted by NODE_EXTRA_CA_CERTS.',
    'Exit code 0: it lives, with --ready it is ready too; 1: it does not, and the reasons are on ' +
      'stderr.',
  ],
  flags: {
    ready: { about: 'Ask whether it is ready, not only whether it lives.' },
    address,
  },
  examples: [
    { line: 'forewarn health', does: 'Does the program on this machine live?' },
    {
      line: 'until forewarn health --ready; do sleep 1; done',
      does: 'Wait until it has started.',
    },
  ],
  operandsMin: 0,
  operandsMax: 0,
}

/** See the head of the file. */
export const healthCommand = command(page, async ({ values }, io) => {
  const api = new ApiClient({ address: values.address, who: undefined, 'token-file': undefined })
  await api.ask('GET', values.ready ? '/readyz' : '/healthz')
  io.stdout.write(values.ready ? 'ready\n' : 'alive\n')
  return exitCodes.ok
})
