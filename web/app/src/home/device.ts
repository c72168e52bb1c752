// What a device can do and tells, found from its clusters: pure, so that it can be tested.

import type { Attribute, Device, Json } from '../api/types';
import type { NodeValues } from '../state/reduce';
import {
  COLOR,
  COVERING,
  FAN,
  LEVEL,
  LOCK,
  ON_OFF,
  READINGS,
  type ReadingSpec,
  THERMOSTAT,
} from './clusters';

export interface Range {
  value: number;
  min: number;
  max: number;
}

export interface Reading {
  spec: ReadingSpec;
  attribute: Attribute;
}

/** What is shown of a device. A part is null when the device has no such cluster. */
export interface DeviceView {
  /** `node/endpoint` of the endpoint that has the controls. */
  at: string;
  on: boolean | null;
  level: Range | null;
  mireds: Range | null;
  locked: 'locked' | 'unlocked' | 'unlatched' | 'not-fully' | null;
  covering: { closedPercent: number; moving: boolean } | null;
  thermostat: Thermostat | null;
  fanPercent: number | null;
  readings: Reading[];
  stale: boolean;
  newestMs: number;
}

export interface Thermostat {
  local: number | null;
  localText: string | null;
  setpoint: Range;
  attribute: string;
  verb: 'heating to' | 'cooling to';
  off: boolean;
}

/** Looks at the values of a device's endpoints. */
export function view(device: Device, values: NodeValues | undefined): DeviceView {
  const known = values ?? new Map<string, Attribute>();
  const at = controlEndpoint(device, known);
  const get = (cluster: string, attribute: string) =>
    known.get(`${device.node}/${at}/${cluster}.${attribute}`);
  const value = (cluster: string, attribute: string) => get(cluster, attribute)?.value;
  const readings = readingsOf(device, known);
  const shown = ofDevice(device, known);
  return {
    at: `${device.node}/${at}`,
    on: bool(value(ON_OFF.cluster, ON_OFF.onOff)),
    level: range(
      value(LEVEL.cluster, LEVEL.current),
      value(LEVEL.cluster, LEVEL.min) ?? 1,
      value(LEVEL.cluster, LEVEL.max) ?? 254,
    ),
    mireds: range(
      value(COLOR.cluster, COLOR.mireds),
      value(COLOR.cluster, COLOR.minMireds),
      value(COLOR.cluster, COLOR.maxMireds),
    ),
    locked: lockState(value(LOCK.cluster, LOCK.state)),
    covering: covering(value),
    thermostat: thermostat(value, get(THERMOSTAT.cluster, THERMOSTAT.local)),
    fanPercent: number(value(FAN.cluster, FAN.current) ?? value(FAN.cluster, FAN.setting)),
    readings,
    stale: shown.some((attribute) => attribute.quality === 'stale'),
    newestMs: shown.reduce((newest, { received_at_ms }) => Math.max(newest, received_at_ms), 0),
  };
}

/** Whether a value is an enum's member, by number or name. */
export function isMember(value: Json | undefined, id: number, name: string): boolean {
  return value === id || (typeof value === 'string' && value.toLowerCase() === name.toLowerCase());
}

/** Whether there is something that the whole tile does when tapped. */
export function canToggle(view: DeviceView): boolean {
  return view.on !== null;
}

function controlEndpoint(device: Device, values: NodeValues): number {
  const clusters = [ON_OFF, LOCK, COVERING, THERMOSTAT, FAN].map(({ cluster }) => cluster);
  const has = (endpoint: number, cluster: string) =>
    [...values.keys()].some((path) => path.startsWith(`${device.node}/${endpoint}/${cluster}.`));
  for (const cluster of clusters) {
    const endpoint = device.endpoints.find((endpoint) => has(endpoint, cluster));
    if (endpoint !== undefined) return endpoint;
  }
  return device.endpoints[0] ?? 0;
}

function ofDevice(device: Device, values: NodeValues): Attribute[] {
  const prefixes = device.endpoints.map((endpoint) => `${device.node}/${endpoint}/`);
  return [...values.values()].filter(({ path }) =>
    prefixes.some((prefix) => path.startsWith(prefix)),
  );
}

function readingsOf(device: Device, values: NodeValues): Reading[] {
  // A node's battery stands on its root endpoint.
  const endpoints = [...device.endpoints, 0];
  return READINGS.flatMap((spec) => {
    for (const endpoint of endpoints) {
      const path = `${device.node}/${endpoint}/${spec.cluster}.${spec.attribute}`;
      const attribute = values.get(path);
      if (attribute && attribute.value !== null) return [{ spec, attribute }];
    }
    return [];
  });
}

type Get = (cluster: string, attribute: string) => Json | undefined;

function covering(value: Get): DeviceView['covering'] {
  const current = number(value(COVERING.cluster, COVERING.current));
  if (current === null) return null;
  const target = number(value(COVERING.cluster, COVERING.target));
  return {
    closedPercent: Math.round(current / 100),
    moving: target !== null && Math.abs(target - current) >= 100,
  };
}

function thermostat(value: Get, local: Attribute | undefined): Thermostat | null {
  const { cluster, heating, cooling, minHeating, maxHeating, mode } = THERMOSTAT;
  const cools = isMember(value(cluster, mode), 3, 'Cool');
  const attribute = cools || number(value(cluster, heating)) === null ? cooling : heating;
  const setpoint = range(
    value(cluster, attribute),
    attribute === heating ? (value(cluster, minHeating) ?? 700) : 1600,
    attribute === heating ? (value(cluster, maxHeating) ?? 3000) : 3200,
  );
  if (!setpoint) return null;
  return {
    local: number(local?.value),
    localText: local && local.value !== null ? local.text : null,
    setpoint,
    attribute: `${cluster}.${attribute}`,
    verb: attribute === heating ? 'heating to' : 'cooling to',
    off: isMember(value(cluster, mode), 0, 'Off'),
  };
}

function lockState(value: Json | undefined): DeviceView['locked'] {
  if (isMember(value, 1, 'Locked')) return 'locked';
  if (isMember(value, 2, 'Unlocked')) return 'unlocked';
  if (isMember(value, 3, 'Unlatched')) return 'unlatched';
  if (isMember(value, 0, 'NotFullyLocked')) return 'not-fully';
  return null;
}

function bool(value: Json | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function number(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function range(
  value: Json | undefined,
  min: Json | undefined,
  max: Json | undefined,
): Range | null {
  const [at, from, to] = [number(value), number(min), number(max)];
  if (at === null || from === null || to === null || from >= to) return null;
  return { value: Math.min(to, Math.max(from, at)), min: from, max: to };
}
