// What the page shows, as signals; fed by the hub's events.

import { computed, signal } from '@preact/signals';
import { connect, type Link } from '../api/live';
import { wanted } from '../home/clusters';
import { INITIAL, reduce, type State } from './reduce';

export const state = signal<State>(INITIAL);
export const link = signal<Link>('connecting');
export const home = computed(() => state.value.home);
export const jobs = computed(() => state.value.jobs);
/** A clock for ages, by the hub's time; ticks slowly, and not at all while nobody looks. */
export const nowMs = signal(Date.now());

const TICK_MS = 15_000;

/** The hub's time at this moment. */
export function hubNowMs(): number {
  return Date.now() + state.peek().skewMs;
}

/** Starts listening to the hub. */
export function start(): void {
  connect({
    paths: wanted(),
    resume: () => {
      const { run, seq } = state.peek();
      return run === null ? null : { run, since: seq };
    },
    onMessage: (message) => {
      state.value = reduce(state.peek(), message, Date.now());
      nowMs.value = hubNowMs();
    },
    onLink: (next) => {
      link.value = next;
    },
  });
  setInterval(() => {
    if (document.visibilityState === 'visible') nowMs.value = hubNowMs();
  }, TICK_MS);
}
