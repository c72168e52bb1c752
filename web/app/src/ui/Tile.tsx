// One device of a room: what it is, how it is, and its first control.

import { useComputed } from '@preact/signals';
import type { Device } from '../api/types';
import { type DeviceView, view } from '../home/device';
import { iconOf } from '../home/icons';
import { offlineWords, stateWords } from '../home/words';
import { asked } from '../state/commands';
import { home, nowMs, state } from '../state/store';
import { toggle } from './actions';
import { Controls } from './Controls';
import { openDetails } from './Details';
import { Icon } from './Icon';
import { Outcome } from './Outcome';
import { staleWords } from './stale';

export function Tile({ device }: { device: Device }) {
  const values = useComputed(() => state.value.values.get(device.node));
  const node = useComputed(() => home.value?.nodes.find(({ id }) => id === device.node));
  const request = useComputed(() => asked.value.get(device.id));
  const seen = view(device, values.value);
  const offline = offlineWords(node.value, nowMs.value);
  const pending = request.value?.phase === 'pending';
  const on = pendingOn(request.value) ?? seen.on;
  const words = offline ?? stateWords(seen);
  const age = offline ? null : staleWords(seen, nowMs.value);
  const mood = [
    'tile',
    on && !offline && 'is-on',
    offline && 'is-offline',
    age && 'is-stale',
    pending && 'is-pending',
    !offline && alarming(seen) && 'is-alarm',
  ];
  return (
    <li class={mood.filter(Boolean).join(' ')}>
      <div class="tile-head">
        <span class="tile-icon">
          <Icon name={iconOf(device, seen)} />
        </span>
        {seen.on === null ? (
          <div class="tile-main">
            <Words name={device.name} words={words} age={age} />
          </div>
        ) : (
          <button
            type="button"
            class="tile-main tile-press"
            role="switch"
            aria-checked={on === true}
            disabled={offline !== null}
            onClick={() => toggle(device, seen, on !== true)}
          >
            <Words name={device.name} words={words} age={age} />
            <span class="knob" aria-hidden="true" />
          </button>
        )}
        <button
          type="button"
          class="tile-more"
          aria-label={`Details of ${device.name}`}
          onClick={() => openDetails(device.id)}
        >
          <Icon name="more" />
        </button>
      </div>
      {offline ? null : <Controls device={device} view={seen} />}
      <Outcome id={device.id} asked={request.value} />
    </li>
  );
}

function Words({ name, words, age }: { name: string; words: string; age: string | null }) {
  return (
    <>
      <span class="tile-name">{name}</span>
      <span class="tile-state">
        {words}
        {age ? <span class="tile-age"> · {age}</span> : null}
      </span>
    </>
  );
}

function pendingOn(request: unknown): boolean | null {
  const wanted = (request as { phase?: string; wanted?: unknown } | undefined)?.wanted;
  return typeof wanted === 'boolean' ? wanted : null;
}

function alarming(seen: DeviceView): boolean {
  return seen.readings.some(
    ({ spec, attribute }) =>
      spec.kind === 'alarm' && attribute.value !== 0 && attribute.value !== 'Normal',
  );
}
