// What this page has asked of devices and what became of it. Nothing here is state of the home:
// that changes only when the device reports it.

import { signal } from '@preact/signals';
import { call, problemOf } from '../api/http';
import type { CommandOutcome, Json, Problem } from '../api/types';

export type Asked =
  | { phase: 'pending'; wanted: Json }
  | { phase: 'unconfirmed' }
  | { phase: 'failed'; problem: Problem; again: () => void };

/** By device and control. */
export const asked = signal<ReadonlyMap<string, Asked>>(new Map());

const WITHIN_MS = 8_000;
/** How long "accepted, but not yet so" stays to be read. */
const UNCONFIRMED_MS = 6_000;
const latest = new Map<string, number>();
let counter = 0;

/** Invokes a command. `wanted` is what the control shows until the device has answered. */
export function invoke(key: string, path: string, fields: Json, wanted: Json): Promise<void> {
  const body: Json = { fields, wait: 'confirmed', within_ms: WITHIN_MS };
  return ask(key, wanted, () => call('POST', `/commands/${path}`, body));
}

/** Writes an attribute. */
export function write(key: string, path: string, value: Json, wanted: Json): Promise<void> {
  const body: Json = { value, wait: 'confirmed', within_ms: WITHIN_MS };
  return ask(key, wanted, () => call('PUT', `/attributes/${path}`, body));
}

/** Takes a failure away. */
export function dismiss(key: string): void {
  set(key, null);
}

async function ask(key: string, wanted: Json, send: () => Promise<CommandOutcome>): Promise<void> {
  const turn = ++counter;
  latest.set(key, turn);
  set(key, { phase: 'pending', wanted });
  const isLatest = () => latest.get(key) === turn;
  try {
    const { outcome } = await send();
    if (!isLatest()) return;
    if (outcome === 'confirmed') {
      set(key, null);
      return;
    }
    set(key, { phase: 'unconfirmed' });
    setTimeout(() => isLatest() && set(key, null), UNCONFIRMED_MS);
  } catch (error) {
    if (!isLatest()) return;
    const again = () => void ask(key, wanted, send);
    set(key, { phase: 'failed', problem: problemOf(error), again });
  }
}

function set(key: string, next: Asked | null): void {
  const map = new Map(asked.peek());
  if (next) map.set(key, next);
  else map.delete(key);
  asked.value = map;
}
