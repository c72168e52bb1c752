// A device's state in words.

import type { Node } from '../api/types';
import { age, centiCelsius, count, percentOf, sentence } from '../format';
import type { DeviceView, Reading } from './device';
import { isMember } from './device';

/** One line: what it is doing or tells. */
export function stateWords(view: DeviceView): string {
  if (view.locked !== null) return LOCK_WORDS[view.locked];
  if (view.covering) return coveringWords(view.covering);
  if (view.thermostat) {
    const { localText, setpoint, verb, off } = view.thermostat;
    const aim = off ? 'off' : `${verb} ${centiCelsius(setpoint.value)}`;
    return localText ? `${localText}, ${aim}` : sentence(aim);
  }
  if (view.on !== null) {
    if (!view.on) return 'Off';
    const power = view.readings.find(({ spec }) => spec.kind === 'power');
    if (view.level) return `On, ${percentOf(view.level.value, 0, view.level.max)} %`;
    return power ? `On, ${readingWords(power)}` : 'On';
  }
  if (view.fanPercent !== null) {
    return view.fanPercent === 0 ? 'Off' : `Running at ${view.fanPercent} %`;
  }
  const told = view.readings.filter(({ spec }) => spec.kind !== 'battery').slice(0, 2);
  return told.map(readingWords).join(' · ') || 'No readings yet';
}

/** A reading as people say it. */
export function readingWords({ spec, attribute }: Reading): string {
  const { value } = attribute;
  switch (spec.kind) {
    case 'contact':
      return value === true ? 'Closed' : 'Open';
    case 'occupancy':
      return isOccupied(value) ? 'Occupied' : 'Clear';
    case 'alarm':
      return isMember(value, 0, 'Normal')
        ? `No ${spec.label.toLowerCase()}`
        : sentence(attribute.text);
    case 'switch':
      return value === 0 ? 'Released' : 'Pressed';
    default:
      return attribute.text;
  }
}

/** Why a device cannot be used at present; null when it can. */
export function offlineWords(node: Node | undefined, nowMs: number): string | null {
  if (!node) return null;
  if (node.orphaned) return 'No bridge serves it';
  if (node.reachability !== 'offline') return null;
  if (node.offline_since_ms === null) return 'Offline';
  return `Offline since ${age(node.offline_since_ms, nowMs)}`.replace(
    'since just now',
    'since now',
  );
}

/** What deserves attention in a room, most serious first. */
export function unusual(views: DeviceView[]): { text: string; serious: boolean }[] {
  const readings = views.flatMap((view) => view.readings);
  const notes: { text: string; serious: boolean }[] = [];
  for (const reading of readings) {
    const { spec, attribute } = reading;
    if (spec.kind === 'alarm' && !isMember(attribute.value, 0, 'Normal')) {
      notes.unshift({ text: `${spec.label}: ${attribute.text}`, serious: true });
    }
  }
  const open = readings.filter(
    ({ spec, attribute }) => spec.kind === 'contact' && attribute.value === false,
  );
  if (open.length > 0) notes.push({ text: `${open.length} open`, serious: false });
  const unlocked = views.filter(({ locked }) => locked !== null && locked !== 'locked').length;
  if (unlocked > 0) notes.push({ text: 'unlocked', serious: false });
  const on = views.filter(({ on, level, mireds }) => on && (level || mireds)).length;
  if (on > 0) notes.push({ text: `${count(on, 'light')} on`, serious: false });
  return notes;
}

/** Occupancy is a bitmap, as a number or by the names of its bits. */
export function isOccupied(value: unknown): boolean {
  if (typeof value === 'number') return (value & 1) === 1;
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.values(value).some(Boolean);
  return false;
}

const LOCK_WORDS: Record<NonNullable<DeviceView['locked']>, string> = {
  locked: 'Locked',
  unlocked: 'Unlocked',
  unlatched: 'Unlatched',
  'not-fully': 'Not fully locked',
};

function coveringWords({ closedPercent, moving }: NonNullable<DeviceView['covering']>): string {
  const state =
    closedPercent === 0 ? 'Open' : closedPercent === 100 ? 'Closed' : `${closedPercent} % closed`;
  return moving ? `${state}, moving` : state;
}
