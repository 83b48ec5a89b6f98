import { expect, test } from 'vitest'
import { isLoopback, listenAddress, writtenAddress } from './listen-address.ts'

test('an address is read as people write it', () => {
  const f = (text: string, host: string, port: number) => {
    expect(listenAddress(text)).toEqual({ host, port })
  }
  f('127.0.0.1:8686', '127.0.0.1', 8686)
  f(' localhost:0 ', 'localhost', 0)
  f('[::1]:8686', '::1', 8686)
  f('8686', '127.0.0.1', 8686)
  f(':8686', '::', 8686)
  f('*:8686', '::', 8686)
  f('metrics.example:65535', 'metrics.example', 65535)
})

test('what is not an address is an error that quotes it', () => {
  const f = (text: string) => expect(() => listenAddress(text)).toThrow(`"${text}" is not`)
  f('')
  f('localhost')
  f('127.0.0.1:65536')
  f('127.0.0.1:-1')
  f('::1:8686')
  f('http://127.0.0.1:8686')
})

test('loopback addresses are told from those that others reach', () => {
  const f = (host: string, loopback: boolean) => expect(isLoopback(host)).toBe(loopback)
  f('127.0.0.1', true)
  f('127.9.9.9', true)
  f('::1', true)
  f('localhost', true)
  f('0.0.0.0', false)
  f('::', false)
  f('127.0.0.1.example', false)
})

test('an address is written as it stands in a URL', () => {
  expect(writtenAddress({ host: '::1', port: 80 })).toBe('[::1]:80')
  expect(writtenAddress({ host: 'localhost', port: 80 })).toBe('localhost:80')
})
