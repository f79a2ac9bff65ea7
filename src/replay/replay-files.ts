/** Many captures, on several processors. */
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Replayed, type ReplayOptions, replayFile } from './replay.ts'

/** Below this the start of a thread costs more than it saves. Octets of captures. */
const WORTH_A_THREAD = 2_000_000

const WORKER = new URL('./replay-worker.js', import.meta.url)

/** In the order of `files`. `jobs`: captures at the same time; when absent, as many as are worth a thread. */
export async function* replayFiles(
  files: readonly string[],
  { as, expect, update, strict }: ReplayOptions,
  jobs = worthwhile(files),
): AsyncGenerator<Replayed> {
  const threads = Math.min(jobs, files.length)
  const options = { as, expect, update, strict }
  if (threads > 1) yield* replayOnThreads(files, options, threads)
  else for (const file of files) yield await replayFile(file, options)
}

function worthwhile(files: readonly string[]): number {
  const octets = files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
  return Math.min(availableParallelism(), Math.floor(octets / WORTH_A_THREAD))
}

async function* replayOnThreads(
  files: readonly string[],
  options: ReplayOptions,
  threads: number,
): AsyncGenerator<Replayed> {
  const workers = Array.from({ length: threads }, () => new Worker(WORKER))
  const idle = [...workers]
  const waiting: ((worker: Worker) => void)[] = []
  const take = async () => idle.pop() ?? new Promise<Worker>((resolve) => waiting.push(resolve))
  const give = (worker: Worker) => {
    const next = waiting.shift()
    if (next) next(worker)
    else idle.push(worker)
  }
  const results = files.map(async (file) => {
    const worker = await take()
    worker.postMessage({ file, options })
    const [replayed] = await once(worker, 'message') // rejects when the thread dies
    give(worker)
    return replayed as Replayed
  })
  for (const result of results) result.catch(() => {}) // told when its turn comes
  try {
    for (const result of results) yield await result
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
