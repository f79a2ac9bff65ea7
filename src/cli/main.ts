#!/usr/bin/env node
/** The command `qbg`. What a command needs is loaded when it is run, so that each starts as fast as it can. */
import { runCli } from './program.ts'

/** A reader that went away (`qbg vsi list | head -1`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await runCli(process.argv.slice(2))
