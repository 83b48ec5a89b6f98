import { expect, onTestFinished, test } from 'vitest'
import { HandDirectory, startedServer, summary } from '../../test/running-server.ts'

test('what was chosen for a series, whatever is in its key, and 404 for none', async () => {
  const keys = ['disk:used{path="/var/log"}', 'cpu:usage{host="a b",of="50%"}']
  const directory = new HandDirectory(...keys.map((key) => summary(key)))
  const running = await startedServer({ directory })
  onTestFinished(() => running.close())
  const asked = (key: string): Promise<Response> =>
    fetch(`${running.address}/api/v1/series/${encodeURIComponent(key)}/explain`)
  for (const key of keys) {
    expect(await (await asked(key)).json()).toMatchObject({
      summary: { key, detector: 'ema', threshold: 0.999 },
      budget: 'none',
      facts: [{ name: 'period', value: 86_400_000, unit: 'ms' }],
    })
  }
  expect((await asked('none')).status).toBe(404)
})

test('is told to nobody without the token', async () => {
  const directory = new HandDirectory(summary('x'))
  const running = await startedServer({ directory, token: 'a-token' })
  onTestFinished(() => running.close())
  const asked = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${running.address}/api/v1/series/x/explain`, { headers })
  expect((await asked({})).status).toBe(401)
  expect((await asked({ authorization: 'Bearer a-token' })).status).toBe(200)
})
