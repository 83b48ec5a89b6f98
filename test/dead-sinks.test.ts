/** An hour without the other side, for each sink that has a peer here. */

import { test } from 'vitest'
import { deadHour } from './dead-hour.ts'
import { sinksOnPeers } from './sinks-on-peers.ts'
import { TcpGate } from './tcp-gate.ts'

test.each(sinksOnPeers)('$name: dead for an hour', async ({ start, sink }) => {
  const peer = await start()
  const gate = await TcpGate.before(peer.port)
  try {
    await deadHour({
      make: (clock) => sink(gate.port, clock),
      texts: () => Promise.resolve(peer.texts()),
      shut: () => gate.shut(),
      open: () => gate.open(),
      patienceTurns: 3_000,
    })
  } finally {
    await gate.shut()
    await peer.stop()
  }
})
