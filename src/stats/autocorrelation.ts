/**
 * How alike a series is to itself some steps ago, and the step at which it repeats itself.
 *
 *   r(k) = Σ x_t x_{t+k} / √(Σ x_t² Σ x_{t+k}²)      t = 0 … n-k-1; x without its mean, gaps as 0
 *
 * All lags at once by the fast Fourier transform: the transform of r is the power of x.
 *
 * Source: Wiener-Khinchin; the transform is that of Cooley and Tukey 1965, "An Algorithm for the
 * Machine Calculation of Complex Fourier Series", in place with radix 2.
 * Cost: O(n log n); half a millisecond for 4096 values.
 */

/** Correlation at which two moments are taken for alike at all. By measurement. */
const correlationMin = 0.3
/** A shorter period is preferred where nearly as good: multiples of a period are alike too. */
const shorterShare = 0.9
/** A favoured lag must be more alike than that by so much. */
const favouredShare = 0.97
const lagMin = 3
/** Peaks up to so many times the first one are the same hill. */
const nearShare = 1.25
/** Less than this is rounding: the largest value is 1. */
const powerMin = 1e-9

/** r(k) for k = 0 … n/2. NaN counts as a gap; all 0 where nothing moves. */
export function autocorrelation(values: Float64Array): Float64Array {
  const centred = scaled(values)
  const n = values.length
  let size = 1
  while (size < 2 * n) size *= 2
  const re = new Float64Array(size)
  re.set(centred)
  const im = new Float64Array(size)
  transform(re, im)
  for (let i = 0; i < size; i++) {
    re[i] = re[i]! * re[i]! + im[i]! * im[i]!
    im[i] = 0
  }
  transform(re, im)
  return Float64Array.from(normed(re, centred, size))
}

/**
 * The lag at which the series repeats itself; undefined where it does not, or was not seen twice.
 * The first lag over which correlation has sunk is where a peak may begin. `favoured` is a lag,
 * of a week perhaps, that is taken where it is a little better than what is found without it.
 */
export function periodOf(values: Float64Array, favoured?: number): number | undefined {
  const r = autocorrelation(values)
  const peaks: number[] = []
  let sunk = false
  let highest = 0
  for (let k = lagMin; k < r.length - 1; k++) {
    sunk ||= r[k]! < correlationMin / 2
    const isPeak = r[k]! >= r[k - 1]! && r[k]! > r[k + 1]!
    if (!sunk || !isPeak || r[k]! < correlationMin) continue
    peaks.push(k)
    highest = Math.max(highest, r[k]!)
  }
  const first = peaks.find((k) => r[k]! >= shorterShare * highest)
  // A broad peak has small ones on its slope; a multiple of the period is further away.
  const near = peaks.filter((k) => first !== undefined && k >= first && k <= nearShare * first)
  const found = near.reduce((best, k) => (best === undefined || r[k]! > r[best]! ? k : best), first)
  const better = favoured !== undefined && favouredShare * (r[favoured] ?? 0) > (r[found ?? 0] ?? 1)
  return found !== undefined && better ? favoured : found
}

/** Sums of products over the sizes of both stretches that they are of. */
function* normed(sums: Float64Array, centred: Float64Array, size: number): Generator<number> {
  const n = centred.length
  let early = centred.reduce((sum, x) => sum + x * x, 0)
  let late = early
  for (let k = 0; k <= n >> 1; k++) {
    const power = Math.sqrt(Math.max(0, early * late))
    yield power > powerMin ? Math.max(-1, Math.min(1, sums[k]! / size / power)) : 0
    early -= centred[n - 1 - k]! ** 2
    late -= centred[k]! ** 2
  }
}

/** Without the mean, in units of the largest distance from it: so squares do not overflow. */
function scaled(values: Float64Array): Float64Array {
  let [sum, count] = [0, 0]
  for (const value of values) {
    if (Number.isNaN(value)) continue
    sum += value
    count++
  }
  const mean = count === 0 ? 0 : sum / count
  const centred = values.map((value) => (Number.isNaN(value) ? 0 : value - mean))
  const largest = centred.reduce((so, each) => Math.max(so, Math.abs(each)), 0)
  return largest === 0 ? centred : centred.map((each) => each / largest)
}

/** The transform in place; the length is a power of two. */
function transform(re: Float64Array, im: Float64Array): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      swap(re, i, j)
      swap(im, i, j)
    }
  }
  for (let length = 2; length <= n; length *= 2) {
    const half = length >> 1
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / length
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
      for (let i = k; i < n; i += length) {
        const j = i + half
        const x = re[j]! * cos - im[j]! * sin
        const y = re[j]! * sin + im[j]! * cos
        re[j] = re[i]! - x
        im[j] = im[i]! - y
        re[i]! += x
        im[i]! += y
      }
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i]!
  values[i] = values[j]!
  values[j] = kept
}
