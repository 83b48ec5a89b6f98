/** Remote-write messages for tests, both versions, as a Prometheus would write them. */

/** A time series to be written. */
export interface WrittenSeries {
  readonly labels: readonly (readonly [string, string])[]
  readonly samples: readonly { readonly timestampMs: number; readonly value: number }[]
}

export function varintBytes(value: number | bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

/** A field of kind 2. */
export function part(number: number, content: readonly number[] | string): number[] {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content
  return [...varintBytes(number * 8 + 2), ...varintBytes(bytes.length), ...bytes]
}

/** A sample; zeros are left out, as protobuf does. */
export function samplePart(timestampMs: number, value: number): number[] {
  const double = Buffer.alloc(8)
  double.writeDoubleLE(value)
  return part(2, [
    ...(Object.is(value, 0) ? [] : [0x09, ...double]),
    ...(timestampMs === 0 ? [] : [0x10, ...varintBytes(timestampMs)]),
  ])
}

export function messageV1(series: readonly WrittenSeries[]): Uint8Array {
  const metadata = part(3, [...part(2, 'up'), ...part(4, 'whether it is up')])
  const bytes = series.flatMap(({ labels, samples }) =>
    part(1, [
      ...labels.flatMap(([name, value]) => part(1, [...part(1, name), ...part(2, value)])),
      ...samples.flatMap(({ timestampMs, value }) => samplePart(timestampMs, value)),
      ...part(3, [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]),
    ]),
  )
  return Uint8Array.from([...bytes, ...metadata])
}

export function messageV2(series: readonly WrittenSeries[]): Uint8Array {
  const texts = ['', ...new Set(series.flatMap(({ labels }) => labels.flat()))]
  const ref = (text: string): number[] => varintBytes(texts.indexOf(text))
  return Uint8Array.from([
    ...texts.flatMap((text) => part(4, text)),
    ...series.flatMap(({ labels, samples }) =>
      part(5, [
        ...part(
          1,
          labels.flatMap(([name, value]) => [...ref(name), ...ref(value)]),
        ),
        ...samples.flatMap(({ timestampMs, value }) => samplePart(timestampMs, value)),
        ...part(5, [0x08, 1]),
      ]),
    ),
  ])
}
