/**
 * The lab's story. Each step does something, looks at what became of it in the kernel, on the wire and in the
 * agents, and says so. An expectation that is not met fails its step.
 */
import type { PortJson } from '../control/schema/status.ts'
import { type Agent, runQbg, typed } from './agents.ts'
import type { Report } from './report.ts'
import type { ProbeOutcome, Stage } from './stage.ts'
import { READ_PORT, readSwitchPort, SERVER, SWITCH_PORT, setAddress, VMS, type Vm } from './topology.ts'

/** Milliseconds: for what should come back, for what should not, for LLDP between the agents. */
const PATIENCE = { reply: 3000, silence: 600, agents: 15_000 }

const VSI_TYPE = '5:1'
const VSI_IDS: Readonly<Record<Vm['name'], string>> = {
  vm1: '6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f0001',
  vm2: '6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f0002',
}
const [VM1, VM2] = VMS
/** Of no VSI. */
const STRANGER = '52:54:00:00:00:99'

type Steps = (report: Report, stage: Stage) => Promise<void>

/** Until the two VMs can talk: where `--keep` stays. */
export const upToTraffic: Steps = async (report, stage) => {
  await report.step('no-relay', 'Without reflective relay the VMs cannot talk to each other', () =>
    withoutRelay(report, stage),
  )
  await report.step('negotiate', 'The agents come up and negotiate reflective relay', () =>
    negotiate(report, stage),
  )
  await report.step('enforce', 'The switch passes no frame of a VM that is not associated', () =>
    enforced(report, stage),
  )
  await report.step('associate', "The VMs' interfaces are associated", () => associate(report, stage))
  await report.step('relay', 'The VMs talk to each other through the switch', () => withRelay(report, stage))
}

export const afterTraffic: Steps = async (report, stage) => {
  await report.step('spoof', 'A VM with another address than its own does not get through', () =>
    spoofed(report, stage),
  )
  await report.step('deassociate', "The VMs' interfaces are de-associated", () => deassociate(report, stage))
  await report.step('withdraw', 'The station leaves, the switch withdraws reflective relay', () =>
    withdraw(report, stage),
  )
  await report.step('leave', 'The switch agent leaves, and the bridge is as it was', () =>
    leave(report, stage),
  )
}

/** With the server as a control: the VMs' network works, only the way back out of the same port is closed. */
async function withoutRelay(report: Report, stage: Stage): Promise<void> {
  const control = await stage.probe(VM1, SERVER, PATIENCE.reply)
  checkReplies(report, `${VM1.name} -> ${SERVER.name}`, control, control.sent)
  const probe = await stage.probe(VM1, VM2, PATIENCE.silence)
  checkReplies(report, `${VM1.name} -> ${VM2.name}`, probe, 0)
}

async function negotiate(report: Report, stage: Stage): Promise<void> {
  const bridge = await stage.startAgent('bridge')
  const station = await stage.startAgent('station')
  for (const agent of [bridge, station]) report.command(agent.command, '')
  const [atStation, atBridge] = await Promise.all([
    station.until(isReady, PATIENCE.agents),
    bridge.until(({ relay }) => relay.active && relay.applied === true, PATIENCE.agents),
  ])
  checkNeighbor(report, 'station hears', atStation, 'switch')
  checkNeighbor(report, 'bridge hears', atBridge, 'host')
  const values = [atStation, atBridge].map(formatOperating)
  report.check('EVB values, the same on both sides', values[0] === values[1], values[0]!, values[1]!)
  report.check(
    'relay asked for, says the bridge',
    atBridge.relay.requested,
    yesNo(atBridge.relay.requested),
    'yes',
  )
  report.check('relay granted, says the station', atStation.relay.active, onOff(atStation.relay.active), 'on')
  await checkHairpin(report, true)
}

const isReady = ({ relay, vdp }: PortJson) => relay.active && vdp.ready

/** Relay is on, so that it is not for want of it. */
async function enforced(report: Report, stage: Stage): Promise<void> {
  const before = await refusedFrames(stage)
  for (const to of [SERVER, VM2]) {
    const probe = await stage.probe(VM1, to, PATIENCE.silence)
    checkReplies(report, `${VM1.name} -> ${to.name}`, probe, 0)
  }
  const refused = (await refusedFrames(stage)) - before
  report.check(`${SWITCH_PORT}: frames refused`, refused > 0, `${refused}`, 'some')
}

async function refusedFrames(stage: Stage): Promise<number> {
  const { ports } = await stage.agent('bridge').client.switch()
  return ports[0]?.refused?.in ?? 0
}

async function spoofed(report: Report, stage: Stage): Promise<void> {
  await setAddress(VM2, STRANGER)
  report.note(`${VM2.name} is ${STRANGER} now`)
  const probe = await stage.probe(VM2, SERVER, PATIENCE.silence)
  checkReplies(report, `${VM2.name} -> ${SERVER.name}`, probe, 0)
  await setAddress(VM2, VM2.mac)
  const again = await stage.probe(VM2, SERVER, PATIENCE.reply)
  checkReplies(report, `${VM2.name} with its own -> ${SERVER.name}`, again, again.sent)
}

async function associate(report: Report, stage: Stage): Promise<void> {
  for (const vm of VMS) {
    const args = ['vsi', 'associate', '--control', stage.agent('station').control, '--wait', '5']
    const what = ['--type', VSI_TYPE, '--id', VSI_IDS[vm.name], '--filter', vm.mac]
    await checkCommand(report, `${vm.name}: the switch says yes`, args, what)
  }
  await checkVsis(report, stage.agent('bridge'), VMS.length)
}

async function withRelay(report: Report, stage: Stage): Promise<void> {
  const probe = await stage.probe(VM1, VM2, PATIENCE.reply)
  checkReplies(report, `${VM1.name} -> ${VM2.name}`, probe, probe.sent)
  const { frames, atServer } = probe
  const both = 2 * probe.sent
  const turned = `${frames.turned} of the ${frames.in} frames that came in went out again`
  const expected = `all ${both}, requests and replies`
  report.check(
    `${SWITCH_PORT}: the same frame, in and out`,
    frames.turned === both && frames.in === both,
    turned,
    expected,
  )
  report.check('seen at the server', atServer.in === 0, `${atServer.in} of them`, 'none')
  await checkSwitch(report, stage)
}

async function deassociate(report: Report, stage: Stage): Promise<void> {
  for (const vm of VMS) {
    const args = ['vsi', 'deassociate', '--control', stage.agent('station').control, VSI_IDS[vm.name]]
    await checkCommand(report, `${vm.name}: released`, args)
  }
  await checkVsis(report, stage.agent('bridge'), 0)
  const probe = await stage.probe(VM1, SERVER, PATIENCE.silence)
  checkReplies(report, `${VM1.name} -> ${SERVER.name}`, probe, 0)
}

async function withdraw(report: Report, stage: Stage): Promise<void> {
  const inOrder = await stage.stopAgent('station')
  report.check('station leaves in order', inOrder, inOrder ? 'exit status 0' : 'it did not', 'exit status 0')
  const gone = await stage
    .agent('bridge')
    .until(
      ({ neighbor, relay }) => neighbor === null && !relay.active && relay.applied !== true,
      PATIENCE.agents,
    )
  report.check('neighbour of the bridge', gone.neighbor === null, gone.neighbor?.systemName ?? 'none', 'none')
  await checkHairpin(report, false)
  await checkLeak(report, stage)
}

/** What the switch did is undone when its agent leaves: the bridge is as it was in the first step. */
async function leave(report: Report, stage: Stage): Promise<void> {
  const inOrder = await stage.stopAgent('bridge')
  report.check('bridge leaves in order', inOrder, inOrder ? 'exit status 0' : 'it did not', 'exit status 0')
  await withoutRelay(report, stage)
}

/** Wanted and actual, as the command tells it. */
async function checkSwitch(report: Report, stage: Stage): Promise<void> {
  const args = ['switch', 'show', '--control', stage.agent('bridge').control]
  await checkCommand(report, 'the data path is as wanted', args)
}

function checkReplies(
  report: Report,
  what: string,
  { sent, received, roundTrip }: ProbeOutcome,
  expected: number,
): void {
  const time = roundTrip === null ? '' : `, ${roundTrip.toFixed(2)} ms`
  report.check(
    what,
    received === expected,
    `${received} of ${sent} came back${time}`,
    `${expected} of ${sent}`,
  )
}

function checkNeighbor(report: Report, what: string, { neighbor }: PortJson, expected: string): void {
  const found = neighbor ? `${neighbor.systemName ?? 'no name'}, ${neighbor.mac}` : 'nobody'
  report.check(what, neighbor?.systemName === expected, found, expected)
}

function formatOperating({ evb }: PortJson): string {
  const { r, rte, rwd, rka } = evb.operating
  return `R ${r}, RTE ${rte}, RWD ${rwd}, RKA ${rka}`
}

/** Read back from the kernel by another program than the one that set it. */
async function checkHairpin(report: Report, expected: boolean): Promise<void> {
  const { hairpin, state } = await readSwitchPort()
  report.command(`bridge ${READ_PORT.join(' ')}`, `"state":"${state}" ... "hairpin":${hairpin}`)
  report.check(`${SWITCH_PORT} in the kernel: hairpin`, hairpin === expected, onOff(hairpin), onOff(expected))
}

async function checkCommand(
  report: Report,
  what: string,
  args: string[],
  more: string[] = [],
): Promise<void> {
  const { status, output } = await runQbg([...args, ...more])
  report.command(typed(args, more), output)
  report.check(what, status === 0, `exit status ${status}`, 'exit status 0')
}

async function checkVsis(report: Report, bridge: Agent, expected: number): Promise<void> {
  const { vsis } = await bridge.client.vsis()
  const count = vsis.filter(({ live, state }) => live && state === 'associated').length
  report.check('associated, says the bridge', count === expected, `${count} VSIs`, `${expected}`)
}

/** The server hears traffic through the same bridge (step 1), so that silence here means something. */
async function checkLeak(report: Report, stage: Stage): Promise<void> {
  const { port, server } = await stage.neighborFrames()
  const at = (counts: typeof port) => counts.lldp.in + counts.ecp.in
  const seen = `${port.lldp.in} LLDP and ${port.ecp.in} ECP came in at ${SWITCH_PORT}, ${at(server)} came out at the server`
  const ok = port.lldp.in > 0 && port.ecp.in > 0 && at(server) === 0
  report.check('LLDP and ECP stay on their link', ok, seen, 'some, and none')
}

const onOff = (value: boolean) => (value ? 'on' : 'off')
const yesNo = (value: boolean) => (value ? 'yes' : 'no')
