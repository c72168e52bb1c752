// Ended jobs that the reader has put away, on this device.

import { signal } from '@preact/signals';

const KEY = 'ingle-dismissed-jobs';
/** The hub's journal is shorter than this. */
const KEPT = 200;

export const dismissed = signal<ReadonlySet<string>>(new Set(load()));

export function dismissJobs(keys: string[]): void {
  const next = [...dismissed.peek(), ...keys].slice(-KEPT);
  dismissed.value = new Set(next);
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Storage is full or forbidden: it stays put away until the page is left.
  }
}

function load(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter((key) => typeof key === 'string') : [];
  } catch {
    return [];
  }
}
