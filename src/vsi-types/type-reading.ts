/**
 * A text of VSI types, read while a daemon has other things to do: YAML takes some milliseconds for each KiB, and who
 * waits for an acknowledgement waits for T(RTE) only.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ControlError } from '../control/control-error.ts'
import type { VsiTypeEntry } from '../control/schema/vsi-type.ts'
import { parseTypes } from './type-text.ts'
import { toVsiType, type VsiType } from './vsi-type.ts'

/** Characters from which on it is read in a thread of its own. */
const WORTH_A_THREAD = 8192
const THREAD = new URL('./type-thread.js', import.meta.url)

type Answer = { readonly entries: readonly VsiTypeEntry[] } | { readonly mistake: string }

/** As `parseTypes`; rejects instead of throwing. `closed` ends a thread whose answer nobody wants any more. */
export async function readTypesAside(text: string, file: string, closed: AbortSignal): Promise<VsiType[]> {
  if (text.length < WORTH_A_THREAD) return parseTypes(text, file)
  const thread = new Worker(THREAD, { workerData: { text, file } })
  const end = () => void thread.terminate()
  closed.addEventListener('abort', end, { once: true })
  try {
    const [answer] = (await once(thread, 'message', { signal: closed })) as [Answer] // rejects when the thread dies
    if ('mistake' in answer) throw new ControlError('bad-config', answer.mistake)
    return answer.entries.map((entry) => toVsiType(entry))
  } finally {
    closed.removeEventListener('abort', end)
    end()
  }
}
