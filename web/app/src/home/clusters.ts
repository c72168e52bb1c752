// The clusters and attributes that this page knows how to show. Matter 1.6 Application Cluster.

export const ON_OFF = { cluster: '0x0006', onOff: '0x0' } as const;
export const LEVEL = { cluster: '0x0008', current: '0x0', min: '0x2', max: '0x3' } as const;
export const COLOR = {
  cluster: '0x0300',
  mireds: '0x7',
  minMireds: '0x400b',
  maxMireds: '0x400c',
} as const;
export const LOCK = { cluster: '0x0101', state: '0x0' } as const;
export const COVERING = {
  cluster: '0x0102',
  status: '0xa',
  target: '0xb',
  current: '0xe',
} as const;
export const THERMOSTAT = {
  cluster: '0x0201',
  local: '0x0',
  cooling: '0x11',
  heating: '0x12',
  minHeating: '0x15',
  maxHeating: '0x16',
  mode: '0x1c',
} as const;
export const FAN = { cluster: '0x0202', setting: '0x2', current: '0x3' } as const;

export type ReadingKind =
  | 'temperature'
  | 'humidity'
  | 'light'
  | 'air'
  | 'occupancy'
  | 'contact'
  | 'alarm'
  | 'power'
  | 'energy'
  | 'battery'
  | 'switch';

export interface ReadingSpec {
  cluster: string;
  attribute: string;
  label: string;
  kind: ReadingKind;
}

/** What is shown as a reading, in the order of interest. */
export const READINGS: readonly ReadingSpec[] = [
  { cluster: '0x005c', attribute: '0x1', label: 'Smoke', kind: 'alarm' },
  { cluster: '0x005c', attribute: '0x2', label: 'Carbon monoxide', kind: 'alarm' },
  { cluster: '0x0045', attribute: '0x0', label: 'Contact', kind: 'contact' },
  { cluster: '0x0406', attribute: '0x0', label: 'Occupancy', kind: 'occupancy' },
  { cluster: '0x0402', attribute: '0x0', label: 'Temperature', kind: 'temperature' },
  { cluster: '0x0405', attribute: '0x0', label: 'Humidity', kind: 'humidity' },
  { cluster: '0x0400', attribute: '0x0', label: 'Illuminance', kind: 'light' },
  { cluster: '0x0403', attribute: '0x0', label: 'Pressure', kind: 'air' },
  { cluster: '0x0404', attribute: '0x0', label: 'Flow', kind: 'air' },
  { cluster: '0x005b', attribute: '0x0', label: 'Air quality', kind: 'air' },
  { cluster: '0x040d', attribute: '0x0', label: 'Carbon dioxide', kind: 'air' },
  { cluster: '0x040c', attribute: '0x0', label: 'Carbon monoxide', kind: 'air' },
  { cluster: '0x042a', attribute: '0x0', label: 'PM2.5', kind: 'air' },
  { cluster: '0x042e', attribute: '0x0', label: 'TVOC', kind: 'air' },
  { cluster: '0x0090', attribute: '0x8', label: 'Power', kind: 'power' },
  { cluster: '0x0091', attribute: '0x1', label: 'Energy', kind: 'energy' },
  { cluster: '0x003b', attribute: '0x1', label: 'Switch', kind: 'switch' },
  { cluster: '0x002f', attribute: '0xc', label: 'Battery', kind: 'battery' },
];

/** The attributes to subscribe to. */
export function wanted(): string[] {
  const controls: { cluster: string }[] = [ON_OFF, LEVEL, COLOR, LOCK, COVERING, THERMOSTAT, FAN];
  const patterns = controls.flatMap(({ cluster, ...attributes }) =>
    Object.values(attributes).map((attribute) => `*/*/${cluster}.${attribute}`),
  );
  return [...patterns, ...READINGS.map((spec) => `*/*/${spec.cluster}.${spec.attribute}`)];
}
