import { expect, test } from 'vitest'
import { topicAddress, topicLines } from './topic-record.ts'

test('an address is of brokers and one topic; anything else is a path', () => {
  expect(topicAddress('kafka://a:9092,b:9093/aggregate')).toEqual({
    brokers: ['a:9092', 'b:9093'],
    topic: 'aggregate',
  })
  for (const path of ['aggregate.jsonl', 'kafka://a:9092', 'kafka:///x', 'kafka://a/b/c']) {
    expect(topicAddress(path)).toBeUndefined()
  }
})

test('a broker that is not there is named', async () => {
  const nowhere = { brokers: ['127.0.0.1:1'], topic: 'aggregate' }
  await expect(topicLines(nowhere, new AbortController().signal)).rejects.toThrow(
    /cannot read the topic aggregate of 127\.0\.0\.1:1/,
  )
})
