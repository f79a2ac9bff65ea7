import { existsSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLog } from '../../src/runtime/log.ts'
import { LogSink } from '../../src/runtime/log-sink.ts'
import { scratchFolder } from '../support/scratch.ts'

test.skipIf(!existsSync('/dev/full'))(
  'a full disk costs lines, which are counted, and told when there is room',
  () => {
    const [at, moved] = [scratchFolder(), scratchFolder()]
    const file = join(at, 'qbg.log')
    symlinkSync('/dev/full', file)
    const log = createLog({ file })
    log.info('one')
    log.warn('two')
    expect(log.fate()).toEqual({ file, lost: 2, problem: expect.stringContaining('ENOSPC') })
    unlinkSync(file)
    symlinkSync(join(moved, 'roomy.log'), file)
    log.reopen()
    log.info('three')
    expect(log.fate()).toEqual({ file, lost: 2, problem: null })
    const lines = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([{ level: 40, lost: 2 }, { msg: 'three' }])
  },
)

test('a log that cannot be opened again goes on where it is', () => {
  const at = scratchFolder()
  const file = join(at, 'qbg.log')
  const sink = new LogSink(file)
  sink.write('one\n')
  const kept = readFileSync(file, 'utf8')
  unlinkSync(file)
  symlinkSync('/nowhere/at/all', file)
  sink.reopen()
  expect(sink.state.problem).toContain('cannot be opened')
  sink.write('two\n')
  expect(kept).toBe('one\n')
  expect(sink.state).toMatchObject({ lost: 0, problem: null })
})

test('a closed descriptor is no exception', () => {
  const sink = new LogSink(987_654)
  sink.write('one\n')
  expect(sink.state).toMatchObject({ file: null, lost: 1, problem: expect.stringContaining('EBADF') })
})
