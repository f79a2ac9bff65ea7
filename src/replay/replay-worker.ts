/** A thread that replays the captures it is given, one after the other. */
import { parentPort } from 'node:worker_threads'
import { type ReplayOptions, replayFile } from './replay.ts'

parentPort!.on('message', async ({ file, options }: { file: string; options: ReplayOptions }) => {
  parentPort!.postMessage(await replayFile(file, options))
})
