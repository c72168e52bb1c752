// Which icon stands for a device.

import type { Device } from '../api/types';
import type { IconName } from '../ui/Icon';
import type { ReadingKind } from './clusters';
import type { DeviceView } from './device';

const OF_READING: Record<ReadingKind, IconName> = {
  temperature: 'thermostat',
  humidity: 'humidity',
  light: 'light',
  air: 'air',
  occupancy: 'occupancy',
  contact: 'contact',
  alarm: 'alarm',
  power: 'power',
  energy: 'power',
  battery: 'battery',
  switch: 'switch',
};

export function iconOf(device: Device, view: DeviceView): IconName {
  if (view.locked !== null) return view.locked === 'locked' ? 'locked' : 'unlocked';
  if (view.covering) return 'covering';
  if (view.thermostat) return 'thermostat';
  if (view.fanPercent !== null) return 'fan';
  if (view.on !== null) return isPlug(device, view) ? 'plug' : 'lamp';
  const [first] = view.readings;
  return first ? OF_READING[first.spec.kind] : 'device';
}

/** Whether a switched thing is a lamp. */
export function isLight(device: Device, view: DeviceView): boolean {
  return view.on !== null && view.fanPercent === null && !isPlug(device, view);
}

function isPlug(device: Device, view: DeviceView): boolean {
  const named = device.types.some(({ name }) => /plug|outlet/i.test(name));
  const metered = view.readings.some(({ spec }) => spec.kind === 'power');
  return named || (metered && view.level === null);
}
