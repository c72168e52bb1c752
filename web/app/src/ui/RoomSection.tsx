// A room: what is unusual in it, its climate, its lights, and its devices.

import { useComputed } from '@preact/signals';
import type { Device } from '../api/types';
import { type DeviceView, view } from '../home/device';
import { isLight } from '../home/icons';
import { unusual } from '../home/words';
import { state } from '../state/store';
import { toggle } from './actions';
import { Tile } from './Tile';

export function RoomSection({
  id,
  name,
  devices,
}: {
  id: string;
  name: string;
  devices: Device[];
}) {
  const views = useComputed(() =>
    devices.map((device) => ({ device, view: view(device, state.value.values.get(device.node)) })),
  );
  const sorted = [...views.value].sort((a, b) => rank(a.view) - rank(b.view));
  const lights = views.value.filter(({ device, view }) => isLight(device, view));
  const lit = lights.filter(({ view }) => view.on);
  return (
    <section class="room" aria-labelledby={`room-${id}`}>
      <header class="room-head">
        <h2 id={`room-${id}`}>{name}</h2>
        <p class="room-words">
          {unusual(views.value.map(({ view }) => view)).map(({ text, serious }) => (
            <span key={text} class={serious ? 'note serious' : 'note'}>
              {text}
            </span>
          ))}
          {climate(views.value.map(({ view }) => view)).map((text) => (
            <span key={text} class="note quiet">
              {text}
            </span>
          ))}
        </p>
        {lights.length > 1 ? (
          <button
            type="button"
            class="press"
            disabled={lit.length === 0}
            onClick={() => {
              for (const { device, view } of lit) toggle(device, view, false);
            }}
          >
            Lights off
          </button>
        ) : null}
      </header>
      <ul class="tiles">
        {sorted.map(({ device }) => (
          <Tile key={device.id} device={device} />
        ))}
      </ul>
    </section>
  );
}

/** Controls in the order of use, then sensors. */
function rank(view: DeviceView): number {
  if (view.on !== null) return 0;
  if (view.covering || view.fanPercent !== null) return 1;
  if (view.thermostat) return 2;
  if (view.locked !== null) return 3;
  return 4;
}

function climate(views: DeviceView[]): string[] {
  const readings = views.flatMap((view) => view.readings);
  return (['temperature', 'humidity'] as const).flatMap((kind) => {
    const reading = readings.find(({ spec }) => spec.kind === kind);
    if (reading) return [reading.attribute.text];
    if (kind !== 'temperature') return [];
    const local = views.find((view) => view.thermostat)?.thermostat?.localText;
    return local ? [local] : [];
  });
}
