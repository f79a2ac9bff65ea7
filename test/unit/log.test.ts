import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLog } from '../../src/runtime/log.ts'
import { describeError, OperationalError } from '../../src/runtime/operational-error.ts'
import { scratchFolder } from '../support/scratch.ts'

test('the level changes at run time and reaches children; lines are written when the call returns', () => {
  const file = join(scratchFolder(), 'qbg.log')
  const log = createLog({ file })
  const child = log.child({ port: 'eth0' })
  child.debug('not yet')
  log.level = 'debug'
  child.debug('now')
  log.level = 'silent'
  child.error('no more')
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 20, time: expect.any(Number), port: 'eth0', msg: 'now' },
  ])
})

test('a log file that cannot be opened is named', () => {
  expect(() => createLog({ file: '/nowhere/at/all' })).toThrow(OperationalError)
  expect(() => createLog({ file: '/nowhere/at/all' })).toThrow(/log to \/nowhere\/at\/all/)
})

test('an error is described with its hint and its causes', () => {
  const error = new OperationalError('not-permitted', 'not permitted', {
    operation: 'open eth0',
    hint: 'grant CAP_NET_RAW',
    cause: new Error('socket EPERM'),
  })
  expect(error.message).toBe('open eth0: not permitted')
  expect(describeError(error)).toBe('open eth0: not permitted (grant CAP_NET_RAW): socket EPERM')
  expect(describeError('odd')).toBe('odd')
})
