/** A thread that reads one text of VSI types; see `type-reading.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { ControlError } from '../control/control-error.ts'
import { parseEntries } from './type-text.ts'

const { text, file } = workerData as { readonly text: string; readonly file: string }
try {
  parentPort!.postMessage({ entries: parseEntries(text, file) })
} catch (error) {
  if (!(error instanceof ControlError)) throw error
  parentPort!.postMessage({ mistake: error.message })
}
