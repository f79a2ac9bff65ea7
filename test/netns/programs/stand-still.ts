/** Turns for a while under a watchdog of one second, says so, and then holds the event loop for ever. */
import { startWatchdog } from '../../../src/io/watchdog.ts'

const stop = startWatchdog(1)
setTimeout(() => {
  stop()
  startWatchdog(1)
  console.log('turned for 1.5 s')
  while (process.pid > 0);
}, 1500)
