// The age of values that cannot be relied upon.

import { age } from '../format';
import type { DeviceView } from '../home/device';

/** "from 5 min ago" when some of what is shown is stale; null when all is known. */
export function staleWords(view: DeviceView, nowMs: number): string | null {
  return view.stale ? `from ${age(view.newestMs, nowMs)}` : null;
}
