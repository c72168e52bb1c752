import { describe, expect, it } from 'vitest';
import type { Attribute, Device, Json, Node } from '../src/api/types';
import { view } from '../src/home/device';
import { iconOf, isLight } from '../src/home/icons';
import { isOccupied, offlineWords, stateWords, unusual } from '../src/home/words';
import type { NodeValues } from '../src/state/reduce';

function device(endpoints = [1], types: string[] = []): Device {
  return {
    id: `0x1/${endpoints[0]}`,
    node: '0x1',
    endpoints,
    name: 'Thing',
    icon: null,
    room: null,
    types: types.map((name) => ({ id: '0x0', name })),
  };
}

function values(of: Record<string, Json>, texts: Record<string, string> = {}): NodeValues {
  return new Map(
    Object.entries(of).map(([path, value]) => {
      const attribute: Attribute = {
        path: `0x1/${path}`,
        name: path,
        value,
        text: texts[path] ?? String(value),
        unit: null,
        quality: 'known',
        reported_at_ms: 0,
        received_at_ms: 0,
        cause: null,
      };
      return [attribute.path, attribute];
    }),
  );
}

const LAMP = { '1/0x0006.0x0': true, '1/0x0008.0x0': 127, '1/0x0008.0x3': 254 };

describe('what is shown of a device', () => {
  it('knows a dimmable lamp', () => {
    const lamp = view(device(), values(LAMP));
    expect(lamp).toMatchObject({ at: '0x1/1', on: true, level: { value: 127, min: 1, max: 254 } });
    expect(stateWords(lamp)).toBe('On, 50 %');
    expect(iconOf(device(), lamp)).toBe('lamp');
    expect(isLight(device(), lamp)).toBe(true);
  });

  it('knows a plug by its meter or its type', () => {
    const plug = view(device(), values({ '1/0x0006.0x0': false, '1/0x0090.0x8': 42 }));
    expect(iconOf(device(), plug)).toBe('plug');
    expect(stateWords(plug)).toBe('Off');
    const named = view(device([1], ['OnOffPlugInUnit']), values({ '1/0x0006.0x0': false }));
    expect(isLight(device([1], ['OnOffPlugInUnit']), named)).toBe(false);
  });

  it('knows a lock by number and by name', () => {
    expect(view(device(), values({ '1/0x0101.0x0': 1 })).locked).toBe('locked');
    expect(view(device(), values({ '1/0x0101.0x0': 'Unlocked' })).locked).toBe('unlocked');
    expect(view(device(), values({ '1/0x0101.0x0': null })).locked).toBeNull();
  });

  it('knows a covering and whether it moves', () => {
    const moving = view(device(), values({ '1/0x0102.0xe': 2500, '1/0x0102.0xb': 10_000 }));
    expect(moving.covering).toEqual({ closedPercent: 25, moving: true });
    expect(stateWords(moving)).toBe('25 % closed, moving');
  });

  it('knows a thermostat that heats', () => {
    const seen = view(
      device(),
      values(
        { '1/0x0201.0x0': 2050, '1/0x0201.0x12': 2200, '1/0x0201.0x1c': 4 },
        { '1/0x0201.0x0': '20.5 °C' },
      ),
    );
    expect(stateWords(seen)).toMatch(/^20\.5 °C, heating to 22[.,]0\u00a0°C$/);
  });

  it('finds the endpoint that has the control', () => {
    const seen = view(device([2, 3]), values({ '2/0x0402.0x0': 2000, '3/0x0006.0x0': false }));
    expect(seen.at).toBe('0x1/3');
    expect(seen.readings.map(({ spec }) => spec.kind)).toEqual(['temperature']);
  });

  it('leaves out what is null and what belongs to another device', () => {
    const seen = view(device([1]), values({ '1/0x0402.0x0': null, '2/0x0405.0x0': 5000 }));
    expect(seen.readings).toEqual([]);
    expect(stateWords(seen)).toBe('No readings yet');
  });

  it('says what is unusual, most serious first', () => {
    const views = [
      view(device(), values({ '1/0x0045.0x0': false })),
      view(device(), values({ '1/0x005c.0x1': 2 }, { '1/0x005c.0x1': 'critical' })),
      view(device(), values(LAMP)),
    ];
    expect(unusual(views).map(({ text }) => text)).toEqual([
      'Smoke: critical',
      '1 open',
      '1 light on',
    ]);
  });
});

it('reads occupancy as a number and by name', () => {
  expect(isOccupied(1)).toBe(true);
  expect(isOccupied(0)).toBe(false);
  expect(isOccupied({ occupied: true })).toBe(true);
  expect(isOccupied({})).toBe(false);
  expect(isOccupied(['Occupied'])).toBe(true);
});

it('says since when a device is offline', () => {
  const node = { reachability: 'offline', offline_since_ms: 0, orphaned: false } as Node;
  expect(offlineWords(node, 5 * 60_000)).toBe('Offline since 5 min ago');
  expect(offlineWords(node, 1000)).toBe('Offline since now');
  expect(offlineWords({ ...node, reachability: 'online' }, 0)).toBeNull();
});
