// One device at a closer look: all its readings, why it is as it is, and where it lives.

import { signal, useComputed, useSignal } from '@preact/signals';
import { call, problemOf } from '../api/http';
import type { Device } from '../api/types';
import { age } from '../format';
import { ON_OFF } from '../home/clusters';
import { view } from '../home/device';
import { offlineWords, readingWords, stateWords } from '../home/words';
import { home, nowMs, state } from '../state/store';
import { Dialog } from './Dialog';

const opened = signal<string | null>(null);

export function openDetails(device: string): void {
  opened.value = device;
}

export function Details() {
  const device = useComputed(() => home.value?.devices.find(({ id }) => id === opened.value));
  if (!device.value) return null;
  return (
    <Dialog title={device.value.name} onClose={() => (opened.value = null)}>
      <Body key={device.value.id} device={device.value} />
    </Dialog>
  );
}

function Body({ device }: { device: Device }) {
  const seen = view(device, state.value.values.get(device.node));
  const node = home.value?.nodes.find(({ id }) => id === device.node);
  const maker = [node?.vendor, node?.product].filter(Boolean).join(' ');
  return (
    <>
      <p class="details-state">{offlineWords(node, nowMs.value) ?? stateWords(seen)}</p>
      {seen.on !== null ? <Why path={`${seen.at}/${ON_OFF.cluster}.${ON_OFF.onOff}`} /> : null}
      <dl class="facts">
        {seen.readings.map((reading) => (
          <Fact key={reading.attribute.path} name={reading.spec.label}>
            <span class={reading.attribute.quality === 'stale' ? 'is-old' : ''}>
              {readingWords(reading)}
            </span>
            <small>{age(reading.attribute.received_at_ms, nowMs.value)}</small>
          </Fact>
        ))}
        <Fact name="Kind">{device.types.map(({ name }) => name).join(', ') || 'Unknown'}</Fact>
        {maker ? <Fact name="Maker">{maker}</Fact> : null}
        <Fact name="Node">
          <code>{node?.slug ?? device.node}</code>
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface WhyAnswer {
  sentence: string;
}

function Why({ path }: { path: string }) {
  const answer = useSignal<string | null>(null);
  const ask = async () => {
    try {
      const { sentence } = await call<WhyAnswer>('GET', `/why?path=${encodeURIComponent(path)}`);
      answer.value = sentence;
    } catch (error) {
      answer.value = problemOf(error).title;
    }
  };
  return (
    <div class="why">
      <button type="button" class="press" onClick={ask}>
        Why?
      </button>
      <p role="status">{answer.value}</p>
    </div>
  );
}
