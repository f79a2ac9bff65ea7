import { test } from 'vitest'
import { FaultPort } from '../../src/faults/fault-port.ts'
import { FaultTable } from '../../src/faults/fault-table.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { describeFramePort } from './frame-port.ts'

describeFramePort('memory port', test, () => {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock, latency: 1 }).ends
  return { near, far, settle: () => clock.advance(10), end: () => {} }
})

describeFramePort('fault port with nothing set', test, () => {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock, latency: 1 }).ends
  return {
    near: new FaultPort(near, { clock, table: new FaultTable(1) }),
    far: new FaultPort(far, { clock, table: new FaultTable(2) }),
    settle: () => clock.advance(10),
    end: () => {},
  }
})
