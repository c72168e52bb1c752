// What the controls ask of devices.

import type { Device } from '../api/types';
import { COVERING, FAN, LEVEL, LOCK, ON_OFF } from '../home/clusters';
import type { DeviceView, Thermostat } from '../home/device';
import { invoke, write } from '../state/commands';

/** Commands are told by number, so that no list of names is needed here. */
const COMMANDS = {
  off: `${ON_OFF.cluster}.0x0`,
  on: `${ON_OFF.cluster}.0x1`,
  moveToLevelWithOnOff: `${LEVEL.cluster}.0x4`,
  moveToColorTemperature: '0x0300.0xa',
  lock: `${LOCK.cluster}.0x0`,
  unlock: `${LOCK.cluster}.0x1`,
  open: `${COVERING.cluster}.0x0`,
  close: `${COVERING.cluster}.0x1`,
  stop: `${COVERING.cluster}.0x2`,
  goToLift: `${COVERING.cluster}.0x5`,
} as const;

export function toggle(device: Device, view: DeviceView, on: boolean): void {
  void invoke(device.id, `${view.at}/${on ? COMMANDS.on : COMMANDS.off}`, {}, on);
}

export function setLevel(device: Device, view: DeviceView, level: number): void {
  const fields = { level, transitionTime: 0, optionsMask: {}, optionsOverride: {} };
  void invoke(device.id, `${view.at}/${COMMANDS.moveToLevelWithOnOff}`, fields, { level });
}

export function setMireds(device: Device, view: DeviceView, mireds: number): void {
  const fields = {
    colorTemperatureMireds: mireds,
    transitionTime: 0,
    optionsMask: {},
    optionsOverride: {},
  };
  void invoke(device.id, `${view.at}/${COMMANDS.moveToColorTemperature}`, fields, { mireds });
}

export function setLock(device: Device, view: DeviceView, locked: boolean): void {
  const command = locked ? COMMANDS.lock : COMMANDS.unlock;
  void invoke(device.id, `${view.at}/${command}`, {}, locked ? 'locking' : 'unlocking');
}

export function moveCovering(
  device: Device,
  view: DeviceView,
  to: 'open' | 'close' | 'stop',
): void {
  void invoke(device.id, `${view.at}/${COMMANDS[to]}`, {}, to);
}

export function setClosed(device: Device, view: DeviceView, closedPercent: number): void {
  const fields = { liftPercent100thsValue: closedPercent * 100 };
  void invoke(device.id, `${view.at}/${COMMANDS.goToLift}`, fields, { closedPercent });
}

export function setSetpoint(
  device: Device,
  view: DeviceView,
  thermostat: Thermostat,
  to: number,
): void {
  void write(device.id, `${view.at}/${thermostat.attribute}`, to, { setpoint: to });
}

export function setFan(device: Device, view: DeviceView, percent: number): void {
  void write(device.id, `${view.at}/${FAN.cluster}.${FAN.setting}`, percent, { fan: percent });
}
