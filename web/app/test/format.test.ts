import { describe, expect, it } from 'vitest';
import { retryDelayMs } from '../src/api/live';
import { age, centiCelsius, count, duration, kelvin, percentOf, span } from '../src/format';

const MINUTE = 60_000;

describe('words for numbers', () => {
  it('tells ages roughly', () => {
    expect(age(0, 59_000)).toBe('just now');
    expect(age(5000, 0)).toBe('just now');
    expect(age(0, 12 * MINUTE)).toBe('12 min ago');
    expect(span(3 * 60 * MINUTE)).toBe('3 h');
    expect(span(24 * 60 * MINUTE)).toBe('1 day');
    expect(span(49 * 60 * MINUTE)).toBe('2 days');
  });

  it('tells how long a stage took', () => {
    expect(duration(40.4)).toBe('40 ms');
    expect(duration(1234)).toMatch(/^1[.,]2 s$/);
    expect(duration(125_000)).toBe('2 min 5 s');
    expect(duration(-3)).toBe('0 ms');
  });

  it('tells shares, and never 0 % of what is on', () => {
    expect(percentOf(254, 0, 254)).toBe(100);
    expect(percentOf(127, 0, 254)).toBe(50);
    expect(percentOf(1, 0, 254)).toBe(1);
  });

  it('tells temperatures and colours of light', () => {
    expect(centiCelsius(2150)).toMatch(/^21[.,]5\u00a0°C$/);
    expect(kelvin(370)).toBe(2700);
    expect(kelvin(153)).toBe(6550);
  });

  it('counts', () => {
    expect(count(1, 'light')).toBe('1 light');
    expect(count(2, 'light')).toBe('2 lights');
  });
});

it('waits longer from attempt to attempt, but not for ever', () => {
  const longest = (attempt: number) => retryDelayMs(attempt, () => 1);
  expect(longest(0)).toBe(250);
  expect(longest(1)).toBe(500);
  expect(longest(50)).toBe(10_000);
  expect(retryDelayMs(50, () => 0)).toBe(5_000);
});
