/**
 * The program inside of the report page: draws each series on a canvas when it comes into view.
 *
 * Plain JavaScript as text, since it runs in a browser and the page must need nothing else. It
 * reads `replay`, an array of series with columns of equal length: t, e (start and end of a span,
 * ms from `start`), a, b (least and greatest value), l, u (band, null without), s (score), k (state
 * as a digit: 0 learning, 1 ok, 2 anomalous, 3 alarm).
 *
 *   drag       zoom to the dragged part           double click    all of it again
 *   move       time, value, band and score        click an alarm  go there
 */

export const reportScript = String.raw`
'use strict'
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const iso = (ms) =>
  new Date(ms).toISOString().replace('T', ' ').replace('.000Z', '').replace('Z', '')
const time = (ms) => (Math.abs(ms) < 1e11 ? String(ms / 1000) : iso(ms))
// Scores crowd below 1: what counts is how rare, 1 in 10,000 at the top.
const rarity = (score) => Math.min(1, -Math.log10(Math.max(1e-9, 1 - score)) / 4)
const short = (x) => (x === null ? '' : String(Number(x.toPrecision(5))))

class Plot {
  constructor(box, series) {
    this.box = box
    this.canvas = box.querySelector('canvas')
    this.note = box.querySelector('.note')
    this.series = series
    this.first = series.start
    this.last = series.start + Math.max(1, series.e[series.e.length - 1])
    this.from = this.first
    this.to = this.last
    this.drag = null
    this.canvas.addEventListener('pointerdown', (event) => {
      this.drag = event.offsetX
      this.canvas.setPointerCapture(event.pointerId)
    })
    this.canvas.addEventListener('pointermove', (event) => this.move(event.offsetX))
    this.canvas.addEventListener('pointerup', (event) => this.drop(event.offsetX))
    this.canvas.addEventListener('pointerleave', () => (this.note.textContent = ''))
    this.canvas.addEventListener('dblclick', () => this.show(this.first, this.last))
  }
  x(ms) {
    return 56 + ((ms - this.from) / (this.to - this.from)) * (this.width - 64)
  }
  at(x) {
    return this.from + ((x - 56) / (this.width - 64)) * (this.to - this.from)
  }
  show(from, to) {
    if (to - from < 1) return
    this.from = Math.max(this.first, from)
    this.to = Math.min(this.last, to)
    this.draw()
  }
  drop(x) {
    const start = this.drag
    this.drag = null
    if (start === null || Math.abs(x - start) < 5) return
    this.show(this.at(Math.min(x, start)), this.at(Math.max(x, start)))
  }
  move(x) {
    if (this.drag !== null) {
      this.draw()
      this.paint.fillStyle = css('--select')
      this.paint.fillRect(Math.min(x, this.drag), 0, Math.abs(x - this.drag), this.height)
    }
    const i = this.nearest(this.at(x) - this.series.start)
    const { a, b, l, u, s, k, t, start } = this.series
    const value = a[i] === b[i] ? short(a[i]) : short(a[i]) + ' to ' + short(b[i])
    const band = l[i] === null ? '' : ', expected ' + short(l[i]) + ' to ' + short(u[i])
    const state = ['learning', 'ok', 'anomalous', 'alarm'][k[i]]
    this.note.textContent =
      time(start + t[i]) + ': ' + value + band + ', score ' + s[i] + ', ' + state
  }
  nearest(offset) {
    const { t } = this.series
    let low = 0
    let high = t.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (t[middle] <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
  draw() {
    const ratio = window.devicePixelRatio || 1
    this.width = this.canvas.clientWidth
    this.height = this.canvas.clientHeight
    this.canvas.width = this.width * ratio
    this.canvas.height = this.height * ratio
    const paint = (this.paint = this.canvas.getContext('2d'))
    paint.scale(ratio, ratio)
    paint.clearRect(0, 0, this.width, this.height)
    paint.font = '11px system-ui, sans-serif'
    const low = Math.max(0, this.nearest(this.from - this.series.start))
    const high = Math.min(this.series.t.length - 1, this.nearest(this.to - this.series.start) + 1)
    this.frame(low, high)
    paint.save()
    paint.beginPath()
    paint.rect(56, 0, this.width - 64, this.height)
    paint.clip()
    this.states(low, high)
    this.band(low, high)
    this.line(low, high)
    this.scores(low, high)
    paint.restore()
  }
  frame(low, high) {
    const { a, b, l, u } = this.series
    let min = Infinity
    let max = -Infinity
    for (let i = low; i <= high; i++) {
      min = Math.min(min, a[i])
      max = Math.max(max, b[i])
    }
    // The band may be far wider than the values; it widens the picture up to three times.
    const room = Math.max(max - min, Math.abs(max) * 1e-9, 1e-12)
    for (let i = low; i <= high; i++) {
      if (l[i] !== null) min = Math.max(Math.min(min, l[i]), min - room)
      if (u[i] !== null) max = Math.min(Math.max(max, u[i]), max + room)
    }
    const margin = Math.max((max - min) * 0.05, 1e-12)
    this.bottom = this.height - 62
    this.y = (v) => 6 + (1 - (v - min + margin) / (max - min + 2 * margin)) * (this.bottom - 6)
    const { paint } = this
    paint.strokeStyle = css('--grid')
    paint.fillStyle = css('--dim')
    paint.lineWidth = 1
    paint.textAlign = 'right'
    for (const v of ticks(min, max, 4)) {
      const y = Math.round(this.y(v)) + 0.5
      paint.beginPath()
      paint.moveTo(56, y)
      paint.lineTo(this.width - 8, y)
      paint.stroke()
      paint.fillText(short(v), 52, y + 4)
    }
    for (const score of [0.9999, 0.99, 0]) {
      paint.fillText(score, 52, this.height - 16 - rarity(score) * 32)
    }
    paint.textAlign = 'center'
    for (const ms of timeTicks(this.from, this.to, this.width / 150)) {
      const x = Math.round(this.x(ms)) + 0.5
      paint.beginPath()
      paint.moveTo(x, 6)
      paint.lineTo(x, this.height - 16)
      paint.stroke()
      paint.fillText(time(ms), Math.min(this.width - 60, Math.max(110, x)), this.height - 3)
    }
  }
  states(low, high) {
    const { t, e, k, start } = this.series
    const { paint } = this
    for (let i = low; i <= high; i++) {
      if (k[i] !== 3 && k[i] !== 0) continue
      const x = this.x(start + t[i])
      const next = i < high ? t[i + 1] : e[i]
      paint.fillStyle = css(k[i] === 3 ? '--alarm-area' : '--learning')
      paint.fillRect(x, 6, Math.max(1, this.x(start + next) - x), this.bottom - 6)
    }
  }
  band(low, high) {
    const { t, l, u, start } = this.series
    const { paint } = this
    paint.fillStyle = css('--band')
    const clip = (v) => Math.min(this.bottom, Math.max(6, this.y(v)))
    for (let i = low; i <= high; i++) {
      if (l[i] === null) continue
      let end = i
      while (end < high && l[end + 1] !== null) end++
      paint.beginPath()
      for (let j = i; j <= end; j++) paint.lineTo(this.x(start + t[j]), clip(u[j]))
      for (let j = end; j >= i; j--) paint.lineTo(this.x(start + t[j]), clip(l[j]))
      paint.fill()
      i = end
    }
  }
  line(low, high) {
    const { t, a, b, l, k, start } = this.series
    const { paint } = this
    paint.strokeStyle = css('--line')
    paint.lineWidth = 1.2
    paint.beginPath()
    for (let i = low; i <= high; i++) {
      const x = this.x(start + t[i])
      paint.lineTo(x, this.y(a[i]))
      if (b[i] !== a[i]) paint.lineTo(x, this.y(b[i]))
    }
    paint.stroke()
    paint.fillStyle = css('--alarm')
    for (let i = low; i <= high; i++) {
      if (k[i] < 2) continue
      paint.beginPath()
      const v = l[i] !== null && a[i] < l[i] ? a[i] : b[i]
      paint.arc(this.x(start + t[i]), this.y(v), 2.5, 0, 7)
      paint.fill()
    }
  }
  scores(low, high) {
    const { t, s, start } = this.series
    const { paint } = this
    paint.strokeStyle = css('--score')
    paint.lineWidth = 1
    paint.beginPath()
    for (let i = low; i <= high; i++) {
      const x = this.x(start + t[i])
      paint.moveTo(x, this.height - 20)
      paint.lineTo(x, this.height - 20 - rarity(s[i]) * 32)
    }
    paint.stroke()
  }
}

function ticks(min, max, count) {
  const raw = (max - min) / count || 1
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((m) => m * power).find((each) => each >= raw)
  const found = []
  for (let v = Math.ceil(min / step) * step; v <= max && found.length < 20; v += step) found.push(v)
  return found
}

function timeTicks(from, to, count) {
  const units = [1, 5, 10, 50, 100, 500, 1e3, 5e3, 15e3, 6e4, 3e5, 9e5, 36e5, 108e5, 432e5, 864e5]
  const raw = (to - from) / Math.max(1, count)
  const step = units.find((unit) => unit >= raw) || Math.ceil(raw / 864e5) * 864e5
  const found = []
  for (let ms = Math.ceil(from / step) * step; ms <= to && found.length < 20; ms += step) {
    found.push(ms)
  }
  return found
}

const plots = new Map()
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) plots.get(target).draw()
})
for (const box of document.querySelectorAll('.plot')) {
  plots.set(box, new Plot(box, replay[Number(box.dataset.index)]))
  seen.observe(box)
}
const redraw = () => {
  for (const plot of plots.values()) if (plot.width) plot.draw()
}
window.addEventListener('resize', redraw)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
for (const link of document.querySelectorAll('[data-at]')) {
  link.addEventListener('click', () => {
    const plot = [...plots.values()][Number(link.dataset.plot)]
    const width = (plot.last - plot.first) / 20
    const at = Number(link.dataset.at)
    plot.show(at - width, at + width)
  })
}
`
