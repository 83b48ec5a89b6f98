/**
 * What people say, over the API: silences, acknowledgements, labels.
 *
 *   request ─▶ token ─▶ body ─▶ alarm known? ─▶ desk.say ─▶ in the incoming log ─▶ 2xx
 *                └ 401    └ 400     └ 404, 409                └ not taken: 503, come again
 *
 * It is answered 2xx only once it is where a crash cannot take it back; it takes effect when the
 * log is read, a moment later. A silence that is sent again under its id changes that silence, and
 * an acknowledgement that is sent again changes nothing, so whoever has no answer may ask again.
 * Bodies must be JSON, which no page of another site can send without being asked for it first.
 */

import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Word } from '../core/record.ts'
import type { AlarmState } from '../core/report.ts'
import { silencesMax } from '../series/silences.ts'
import type { Silence } from '../series/silences.ts'
import { problem } from './problem.ts'

/** Where words go, and what they are about. Series may be in other threads, so it may take time. */
export interface ControlDesk {
  /** Resolves once the word is safe, or says that it is not and must be said again. */
  say(word: Word): Promise<'taken' | 'refused'>
  /** The silences that hold now. */
  silences(): readonly Silence[] | Promise<readonly Silence[]>
  /** The state of the alarm of an id, where it is the present or last one of a series. */
  alarmState(alarmId: string): AlarmState | undefined | Promise<AlarmState | undefined>
}

const dayMs = 86_400_000

/** Longest silence: ten years are for ever, and no number overflows. */
const silenceMsMax = 3650 * dayMs

const glob = z.string().min(1).max(4_096)
const labelGlobs = z
  .record(z.string().min(1).max(256), z.string().max(4_096))
  .refine((globs) => Object.keys(globs).length <= 32, 'at most 32 labels')
const pattern = z.union([
  glob,
  labelGlobs,
  z
    .array(z.union([glob, labelGlobs]))
    .min(1)
    .max(32),
])

const who = z.string().trim().min(1).max(200)
const comment = z.string().max(1_000).default('')
const alarmId = z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits')
const silenceId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected letters, digits, - and _')

const exactlyOne = (a: unknown, b: unknown): boolean => (a === undefined) !== (b === undefined)

const silenceBody = z
  .strictObject({
    id: silenceId.optional(),
    match: pattern.optional(),
    alarm: alarmId.optional(),
    durationMs: z.number().int().min(1_000).max(silenceMsMax).optional(),
    untilMs: z.number().int().optional(),
    who,
    comment,
  })
  .refine(({ match, alarm }) => exactlyOne(match, alarm), 'expected either match or alarm')
  .refine(
    ({ durationMs, untilMs }) => exactlyOne(durationMs, untilMs),
    'expected either durationMs or untilMs',
  )

const saidBody = z.strictObject({ who, comment })
const labelBody = z.strictObject({ who, comment, verdict: z.enum(['true', 'false']) })
const endQuery = z.object({ who: who.default('somebody') })

/** The words of a refused body, or the body. */
function checked<T>(schema: z.ZodType<T>, given: unknown): { fault: string } | { value: T } {
  const { data, error } = schema.safeParse(given ?? {})
  if (error === undefined) return { value: data as T }
  const faults = error.issues.map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`
  })
  return { fault: faults.join('; ') }
}

/** Answers 503 where the word was not taken. */
function notTaken(reply: FastifyReply): FastifyReply {
  reply.header('retry-after', '1')
  return problem(reply, 503, 'it could not be written to the incoming log; say it again')
}

type IdParams = { Params: { id: string } }

/** Routes of silences. `nowMs` is the time that durations are counted from. */
export function addSilences(app: FastifyInstance, desk: ControlDesk, nowMs: () => number): void {
  app.get('/api/v1/silences', async (_request, reply) => {
    return reply.send({ silences: (await desk.silences()).map(shown) })
  })
  app.post('/api/v1/silences', async (request, reply) => {
    const body = checked(silenceBody, request.body)
    if ('fault' in body) return problem(reply, 400, body.fault)
    const { id = randomUUID(), match, alarm, durationMs, untilMs, who, comment } = body.value
    const createdMs = nowMs()
    const endMs = untilMs ?? createdMs + (durationMs ?? 0)
    if (endMs <= createdMs) return problem(reply, 400, 'untilMs: this time is over already')
    if (endMs > createdMs + silenceMsMax) return problem(reply, 400, 'untilMs: over ten years')
    if (alarm !== undefined && (await desk.alarmState(alarm)) === undefined)
      return noAlarm(reply, alarm)
    const held = await desk.silences()
    if (held.length >= silencesMax && !held.some((each) => each.silenceId === id)) {
      return problem(reply, 409, `there are ${silencesMax} silences already; end some first`)
    }
    const said = { silenceId: id, alarmId: alarm ?? '', untilMs: endMs, who, text: comment }
    const word = { action: 'silence', match: match ?? '', ...said } as const
    if ((await desk.say(word)) === 'refused') return notTaken(reply)
    return reply.code(201).send(shown({ ...word, createdMs }))
  })
  app.delete<IdParams>('/api/v1/silences/:id', async (request, reply) => {
    const query = checked(endQuery, request.query)
    if ('fault' in query) return problem(reply, 400, query.fault)
    const { id } = request.params
    const held = await desk.silences()
    if (!held.some((each) => each.silenceId === id)) {
      return problem(reply, 404, `no silence "${id}"; it may be over`)
    }
    const word = { action: 'end_silence', silenceId: id, who: query.value.who, text: '' } as const
    return (await desk.say(word)) === 'taken' ? reply.code(204).send() : notTaken(reply)
  })
}

/** Routes of what is said of one alarm. */
export function addAlarmWords(app: FastifyInstance, desk: ControlDesk): void {
  app.post<IdParams>('/api/v1/alarms/:id/acknowledge', async (request, reply) => {
    const body = checked(saidBody, request.body)
    if ('fault' in body) return problem(reply, 400, body.fault)
    const { id } = request.params
    const state = await desk.alarmState(id)
    if (state === undefined) return noAlarm(reply, id)
    if (state !== 'firing' && state !== 'pending') {
      return problem(reply, 409, `the alarm "${id}" is over`)
    }
    const { who, comment } = body.value
    const word = { action: 'acknowledge', alarmId: id, who, text: comment } as const
    return (await desk.say(word)) === 'taken' ? reply.code(204).send() : notTaken(reply)
  })
  app.post<IdParams>('/api/v1/alarms/:id/label', async (request, reply) => {
    const body = checked(labelBody, request.body)
    if ('fault' in body) return problem(reply, 400, body.fault)
    const { id } = request.params
    if ((await desk.alarmState(id)) === undefined) return noAlarm(reply, id)
    const { who, comment, verdict } = body.value
    const said = { verdict: `${verdict} alarm`, who, text: comment } as const
    const taken = await desk.say({ action: 'label', alarmId: id, ...said })
    return taken === 'taken' ? reply.code(204).send() : notTaken(reply)
  })
}

function noAlarm(reply: FastifyReply, id: string): FastifyReply {
  const detail = `no series has an alarm "${id}"; only the last alarm of each series is known`
  return problem(reply, 404, detail)
}

/** A silence as the API shows it. */
function shown({ silenceId, match, alarmId, createdMs, untilMs, who, text }: Silence) {
  const about = alarmId === '' ? { match } : { alarm: alarmId }
  return { id: silenceId, ...about, createdMs, untilMs, who, comment: text }
}
