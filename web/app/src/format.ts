// Numbers, ages and durations in words.

/** How long ago, roughly: "now", "5 min ago", "3 h ago", "2 days ago". */
export function age(thenMs: number, nowMs: number): string {
  const words = span(nowMs - thenMs);
  return words === null ? 'just now' : `${words} ago`;
}

/** A span in words; null when it is under a minute. */
export function span(ms: number): string | null {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return null;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  const days = Math.floor(hours / 24);
  return days === 1 ? '1 day' : `${days} days`;
}

/** A duration of a stage: "40 ms", "1.2 s", "2 min 5 s". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${decimal(ms / 1000, 1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}

/** A number in the reader's own notation. */
export function decimal(value: number, digits: number): string {
  return new Intl.NumberFormat(undefined, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** Hundredths of a degree Celsius. */
export function centiCelsius(value: number): string {
  return `${decimal(value / 100, 1)}\u00a0°C`;
}

/** The share of a range, 0 to 100; what is on is at least 1. */
export function percentOf(value: number, min: number, max: number): number {
  return Math.max(1, Math.round(((value - min) / (max - min)) * 100));
}

/** A colour temperature in mireds as kelvin, to the nearest 50. */
export function kelvin(mireds: number): number {
  return Math.round(1_000_000 / mireds / 50) * 50;
}

/** "1 light", "2 lights". */
export function count(n: number, one: string): string {
  return `${n} ${one}${n === 1 ? '' : 's'}`;
}

/** The first letter large. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
