import { expect } from 'vitest'
import { ip } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

requires('namespaces')('a test file has a network of its own', () => {
  const names = ip('-o link')
    .split('\n')
    .filter((line) => /veth|eth0/.test(line))
  expect(names).toEqual([])
  ip('netns add inner')
  expect(ip('netns list')).toMatch(/^inner/)
})
