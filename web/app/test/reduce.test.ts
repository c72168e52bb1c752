import { describe, expect, it } from 'vitest';
import type { Attribute, Home, Job, ServerMessage } from '../src/api/types';
import { INITIAL, nodeOf, reduce, type State } from '../src/state/reduce';

const PATH = '0x1/1/0x0006.0x0';

function attribute(value: boolean, path = PATH): Attribute {
  return {
    path,
    name: 'OnOff.OnOff',
    value,
    text: value ? 'on' : 'off',
    unit: null,
    quality: 'known',
    reported_at_ms: 1,
    received_at_ms: 1,
    cause: null,
  };
}

function home(): Home {
  const node = {
    id: '0x1',
    slug: 'lamp',
    name: 'Lamp',
    vendor: null,
    product: null,
    reachability: 'online' as const,
    offline_since_ms: null,
    orphaned: false,
    trouble: null,
  };
  const device = {
    id: '0x1/1',
    node: '0x1',
    endpoints: [1],
    name: 'Lamp',
    icon: null,
    room: null,
    types: [],
  };
  return { name: 'Home', floors: [], rooms: [], devices: [device], nodes: [node] };
}

function started(): State {
  const values = [attribute(false), attribute(true, '0x2/1/0x0006.0x0')];
  const snapshot: ServerMessage = {
    type: 'snapshot',
    run: 'r',
    seq: 10,
    at_ms: 5000,
    home: home(),
    values,
    jobs: [],
  };
  return reduce(INITIAL, snapshot, 4000);
}

function delta(state: State, seq: number, ...changes: object[]): State {
  return reduce(state, { type: 'delta', seq, at_ms: 0, changes: changes as never }, 0);
}

const lampOf = (state: State) => state.values.get('0x1')?.get(PATH);

describe('the page’s copy of the home', () => {
  it('begins with a snapshot and the hub’s clock', () => {
    const state = started();
    expect(state).toMatchObject({ run: 'r', seq: 10, skewMs: 1000 });
    expect(lampOf(state)?.value).toBe(false);
  });

  it('takes a value in and leaves the other nodes’ maps as they are', () => {
    const before = started();
    const after = delta(before, 11, { kind: 'value', ...attribute(true) });
    expect(lampOf(after)?.value).toBe(true);
    expect(lampOf(before)?.value).toBe(false);
    expect(after.values.get('0x2')).toBe(before.values.get('0x2'));
  });

  it('ignores what it has heard already', () => {
    const state = started();
    expect(delta(state, 10, { kind: 'value', ...attribute(true) })).toBe(state);
  });

  it('keeps the values of a node that went, as stale, until they are heard again', () => {
    const gone = delta(started(), 11, {
      kind: 'reachability',
      node: '0x1',
      reachability: 'offline',
      offline_since_ms: 7,
    });
    expect(lampOf(gone)).toMatchObject({ value: false, quality: 'stale' });
    expect(gone.home?.nodes[0]).toMatchObject({ reachability: 'offline', offline_since_ms: 7 });
    const fresh = { kind: 'fresh', path: PATH, reported_at_ms: 8, received_at_ms: 9 };
    expect(lampOf(delta(gone, 12, fresh))).toMatchObject({
      value: false,
      quality: 'known',
      received_at_ms: 9,
    });
  });

  it('forgets a node with its devices and values', () => {
    const state = delta(started(), 11, { kind: 'node_removed', node: '0x1' });
    expect(state.values.has('0x1')).toBe(false);
    expect(state.home?.devices).toEqual([]);
    expect(state.home?.nodes).toEqual([]);
  });

  it('follows jobs until they fall out of the journal', () => {
    const job = { id: 'j1', state: 'running' } as Job;
    const running = delta(started(), 11, { kind: 'job', job });
    expect(running.jobs.get('j1')?.state).toBe('running');
    expect(delta(running, 12, { kind: 'job_dropped', job: 'j1' }).jobs.size).toBe(0);
  });

  it('ignores kinds of change that are newer than the page', () => {
    const state = delta(started(), 11, { kind: 'something-new' });
    expect(state.seq).toBe(11);
  });

  it('goes on after a resume', () => {
    const resumed = reduce(started(), { type: 'resumed', run: 'r', seq: 10, at_ms: 0 }, 0);
    expect(lampOf(resumed)?.value).toBe(false);
    expect(resumed.seq).toBe(10);
  });
});

it('finds the node of a path', () => {
  expect(nodeOf(PATH)).toBe('0x1');
});
