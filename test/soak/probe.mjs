// Loaded into a daemon before it starts (`node --expose-gc --import probe.mjs`): on SIGUSR2 it collects garbage and writes what the
// process holds as one line of JSON to descriptor 3. Times in milliseconds, sizes in octets.
import { writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import timers from 'node:timers'

const OUT = 3
const RESOLUTION = 5
const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
delay.enable()

// Also those that do not keep the process: getActiveResourcesInfo() leaves them out.
const armed = new Set()
for (const name of ['setTimeout', 'setInterval']) {
  const arm = timers[name]
  const noting = (...given) => {
    const timer = arm(...given)
    armed.add(timer)
    return timer
  }
  globalThis[name] = timers[name] = Object.defineProperties(noting, Object.getOwnPropertyDescriptors(arm))
}
syncBuiltinESMExports()

process.on('SIGUSR2', () => {
  const [p99, max] = [delay.percentile(99) / 1e6 - RESOLUTION, delay.max / 1e6 - RESOLUTION]
  for (const timer of armed) if (timer._destroyed) armed.delete(timer)
  globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  const line = { rss, heap: heapUsed + external, timers: armed.size, delayP99: p99, delayMax: max }
  writeSync(OUT, `${JSON.stringify(line)}\n`)
  delay.reset()
})
