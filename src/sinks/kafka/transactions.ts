/**
 * Transactions of one partition of the input: messages, and how far that partition was taken, both
 * or nothing.
 *
 *   open     a new epoch of the transactional id: whoever had it before is locked out, and what it
 *            left open is aborted (or, where its commit had been asked for, committed)
 *   commit   begin ─▶ messages ─▶ offset and note, for the group ─▶ commit
 *
 * The offset is committed in the name of the member that the partition was assigned to, as it was
 * then, so the group's coordinator refuses it too once another member has it.
 *
 * A commit whose answer is lost may have happened. So each carries an id in the note of its offset:
 * after any failure the transactional id is opened anew, which decides the matter, and the note
 * says how. That locks out whoever else has it, so it is done only by one that the group still
 * takes for the member that it was; where the note is of somebody else, it is over here.
 */

import { randomUUID } from 'node:crypto'
import {
  Producer,
  findCoordinatorV4,
  heartbeatV4,
  offsetFetchV8,
  txnOffsetCommitV3,
} from '@platformatic/kafka'
import type { CompressionAlgorithmValue, MessageToProduce } from '@platformatic/kafka'
import { kafkaClientOptions } from '../../connections/kafka.ts'
import type { KafkaConnectionOptions } from '../../connections/kafka.ts'
import { kafkaAnswers, kafkaRequests } from '../../connections/kafka-requests.ts'
import type { GroupMember } from '../../sources/source.ts'

/** A broker aborts what nobody has gone on with for this long, so readers wait no longer. */
const timeoutMs = 60_000

/** The word of the protocol for a group among coordinators. */
const groupKey = 0

/** What they are made with. */
export interface TransactionsParts {
  readonly connection: KafkaConnectionOptions
  readonly transactionalId: string
  readonly topic: string
  readonly partition: number
  readonly member: GroupMember
  readonly requestBytes: number
  readonly compression: CompressionAlgorithmValue
}

/** What was committed last of the partition. */
export interface CommittedOffset {
  /** The next offset to take; undefined where nothing ever was. */
  readonly nextOffset: number | undefined
  readonly note: string
}

type OpenTransaction = Awaited<ReturnType<Producer['beginTransaction']>>

interface WrittenNote {
  readonly id: string
  readonly note: string
}

/** See the head of the file. One commit at a time. */
export class Transactions {
  /** Whom the partition is assigned to, as it was when it was. */
  member: GroupMember
  readonly #parts: TransactionsParts
  #lastId: string | undefined
  #producer: Producer | undefined
  #begun: OpenTransaction | undefined

  constructor(parts: TransactionsParts) {
    this.#parts = parts
    this.member = parts.member
  }

  /** Locks earlier holders out; resolves to what was committed last. Throws what brokers answer. */
  async open(): Promise<CommittedOffset> {
    try {
      const producer = this.#opened()
      // A fresh epoch, whatever the id had: the client would ask for the one it has itself.
      this.#begun = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 })
      const { nextOffset, note } = await this.#committed(producer)
      this.#lastId = noteOf(note)?.id
      return { nextOffset, note: noteOf(note)?.note ?? '' }
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** How many partitions a topic has; it is made where brokers make topics by themselves. */
  async partitionsOf(topic: string): Promise<number> {
    const producer = this.#opened()
    const metadata = await producer.metadata({ topics: [topic], autocreateTopics: true })
    return metadata.topics.get(topic)?.partitionsCount ?? 1
  }

  /**
   * Commits messages with the next offset to take and a note. Throws what the brokers answer; then
   * nothing of it is committed, or all: `commit` with the same `id` finds out. Throws an error that
   * begins with FENCED where another has the partition.
   */
  async commit(
    messages: readonly MessageToProduce[],
    nextOffset: number,
    { id, note }: WrittenNote,
  ): Promise<void> {
    try {
      if (this.#begun === undefined && (await this.#begin(id))) return
      if (this.#begun === undefined) throw new Error('no transaction has begun')
      const { requestBytes, compression } = this.#parts
      for (const group of kafkaRequests(messages, requestBytes)) {
        await this.#begun.send({ messages: group, compression })
      }
      const { groupId } = this.member
      await this.#begun.addConsumer({ groupId } as never)
      await this.#addOffset(nextOffset, JSON.stringify({ id, note }))
      await this.#begun.commit()
      this.#begun = undefined
      this.#lastId = id
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    this.#begun = undefined
    await producer?.close(true).catch(() => {
      // It is given up; what it had open is aborted by whoever opens the id next.
    })
  }

  /** Begins the next one; true where that of the id was committed after all. */
  async #begin(id: string): Promise<boolean> {
    const fresh = this.#producer === undefined
    const producer = this.#opened()
    if (fresh) await this.#checkMember(producer)
    this.#begun = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 })
    if (!fresh) return false
    const committed = noteOf((await this.#committed(producer)).note)?.id
    if (committed !== id && committed !== this.#lastId) {
      throw new Error('FENCED another member has committed in this partition')
    }
    if (committed === id) this.#lastId = id
    return committed === id
  }

  /** Asks the group whether this is still a member of it as it was. */
  async #checkMember(producer: Producer): Promise<void> {
    const { groupId, memberId, generationId } = this.member
    const connection = await this.#coordinator(producer)
    try {
      await heartbeatV4.api.async(connection, groupId, generationId, memberId ?? '', null)
    } catch (error) {
      const answers = kafkaAnswers(error)
      if (/REBALANCE_IN_PROGRESS/.test(answers)) return
      if (!/UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION|FENCED/.test(answers)) throw error
      const message = 'FENCED the group has given the partition to another member'
      throw new Error(message, { cause: error })
    }
  }

  #opened(): Producer {
    const { connection, transactionalId } = this.#parts
    this.#producer ??= new Producer({
      ...kafkaClientOptions(connection),
      idempotent: true,
      acks: -1,
      transactionalId,
      timeout: timeoutMs,
    })
    return this.#producer
  }

  async #addOffset(nextOffset: number, committedMetadata: string): Promise<void> {
    const producer = this.#opened()
    const { transactionalId, topic, partition } = this.#parts
    const { groupId, memberId, generationId } = this.member
    const { producerId = -1n, producerEpoch = -1 } = producer
    const place = {
      partitionIndex: partition,
      committedOffset: BigInt(nextOffset),
      committedLeaderEpoch: -1,
      committedMetadata,
    }
    await txnOffsetCommitV3.api.async(
      await this.#coordinator(producer),
      transactionalId,
      groupId,
      producerId,
      producerEpoch,
      generationId,
      memberId ?? '',
      null,
      [{ name: topic, partitions: [place] }],
    )
  }

  async #committed(producer: Producer): Promise<CommittedOffset> {
    const { topic, partition } = this.#parts
    const { groupId } = this.member
    const topics = [{ name: topic, partitionIndexes: [partition] }]
    const connection = await this.#coordinator(producer)
    const asked = [{ groupId, memberEpoch: -1, topics }]
    const { groups } = await offsetFetchV8.api.async(connection, asked, true)
    const found = groups[0]?.topics[0]?.partitions[0]
    if (found === undefined || found.committedOffset < 0n)
      return { nextOffset: undefined, note: '' }
    return { nextOffset: Number(found.committedOffset), note: found.metadata ?? '' }
  }

  /** The broker that keeps the group's offsets. It is asked each time: it may move. */
  async #coordinator(producer: Producer) {
    const { groupId } = this.member
    const { brokers } = await producer.metadata({})
    const first = brokers.values().next().value
    if (first === undefined) throw new Error('no broker is known')
    const connection = await producer.connections.get(first)
    const { coordinators } = await findCoordinatorV4.api.async(connection, groupKey, [groupId])
    const broker = brokers.get(coordinators[0]?.nodeId ?? -1)
    if (broker === undefined) throw new Error(`the group ${groupId} has no coordinator`)
    return producer.connections.get(broker)
  }
}

/** The id of a new commit. */
export function commitId(): string {
  return randomUUID()
}

function noteOf(text: string): WrittenNote | undefined {
  try {
    const { id, note } = JSON.parse(text) as Partial<WrittenNote>
    return typeof id === 'string' && typeof note === 'string' ? { id, note } : undefined
  } catch {
    // Whoever committed it was no transaction of ours.
    return undefined
  }
}
