#!/usr/bin/env node
/** The command `qbg`. What a command needs is loaded when it is run, so that each starts as fast as it can. */
import { endWithoutOutput, watchStandardOutput } from '../runtime/standard-output.ts'
import { runCli } from './program.ts'

// Node would open its debugger, to anybody on this machine; a daemon opens its log file again.
process.on('SIGUSR1', () => {})
watchStandardOutput(endWithoutOutput(0))
process.exitCode = await runCli(process.argv.slice(2))
