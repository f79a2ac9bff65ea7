// Loaded into a daemon before it starts (`node --expose-gc --import probe.mjs`): on SIGUSR2 it collects garbage and writes what the
// process holds as one line of JSON to descriptor 3. Times in milliseconds, sizes in octets.
import { writeSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const OUT = 3
const RESOLUTION = 5
const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
delay.enable()

process.on('SIGUSR2', () => {
  const [p99, max] = [delay.percentile(99) / 1e6 - RESOLUTION, delay.max / 1e6 - RESOLUTION]
  globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  const resources = process.getActiveResourcesInfo()
  const timers = resources.filter((name) => name === 'Timeout').length
  const line = { rss, heap: heapUsed + external, timers, handles: resources.length - timers, delayP99: p99, delayMax: max }
  writeSync(OUT, `${JSON.stringify(line)}\n`)
  delay.reset()
})
