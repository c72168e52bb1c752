// The page's copy of the home: a pure function of what the hub says.
//
// Values lie by node, and a message replaces only the maps of the nodes that it touches, so what
// is shown of the others need not be looked at again.

import type { Attribute, Change, Home, Job, Reachability, ServerMessage } from '../api/types';

export type NodeValues = ReadonlyMap<string, Attribute>;

export interface State {
  /** Names the hub's run: sequence numbers of another run mean nothing. */
  run: string | null;
  seq: number;
  home: Home | null;
  values: ReadonlyMap<string, NodeValues>;
  jobs: ReadonlyMap<string, Job>;
  /** The hub's clock minus this device's. */
  skewMs: number;
}

export const INITIAL: State = {
  run: null,
  seq: 0,
  home: null,
  values: new Map(),
  jobs: new Map(),
  skewMs: 0,
};

/** The node of a path such as `0x12/1/0x0006.0x0`. */
export function nodeOf(path: string): string {
  return path.slice(0, path.indexOf('/'));
}

/** The state after this message. */
export function reduce(state: State, message: ServerMessage, nowMs: number): State {
  switch (message.type) {
    case 'snapshot':
      return {
        run: message.run,
        seq: message.seq,
        home: message.home,
        values: groupByNode(message.values),
        jobs: new Map(message.jobs.map((job) => [job.id, job])),
        skewMs: message.at_ms - nowMs,
      };
    case 'resumed':
      return { ...state, run: message.run, skewMs: message.at_ms - nowMs };
    case 'delta':
      // What was told before, again: after a resume the hub may repeat the last event.
      if (message.seq <= state.seq) return state;
      return {
        ...(message.changes as Change[]).reduce(applyChange, state),
        seq: message.seq,
        skewMs: message.at_ms - nowMs,
      };
    default:
      return state;
  }
}

function groupByNode(values: Attribute[]): Map<string, NodeValues> {
  const byNode = new Map<string, Map<string, Attribute>>();
  for (const value of values) {
    const node = nodeOf(value.path);
    const known = byNode.get(node) ?? new Map<string, Attribute>();
    known.set(value.path, value);
    byNode.set(node, known);
  }
  return byNode;
}

function applyChange(state: State, change: Change): State {
  switch (change.kind) {
    case 'value': {
      const { kind: _, ...attribute } = change;
      return withValue(state, attribute);
    }
    case 'fresh': {
      const known = state.values.get(nodeOf(change.path))?.get(change.path);
      if (!known) return state;
      const { kind: _, ...times } = change;
      return withValue(state, { ...known, ...times, quality: 'known' });
    }
    case 'reachability':
      return withReachability(state, change.node, change.reachability, change.offline_since_ms);
    case 'home':
      return { ...state, home: change.home };
    case 'node_removed':
      return withoutNode(state, change.node);
    case 'job':
      return { ...state, jobs: new Map(state.jobs).set(change.job.id, change.job) };
    case 'job_dropped': {
      const jobs = new Map(state.jobs);
      jobs.delete(change.job);
      return { ...state, jobs };
    }
    default:
      return state;
  }
}

function withValue(state: State, attribute: Attribute): State {
  const node = nodeOf(attribute.path);
  const known = new Map(state.values.get(node) ?? []).set(attribute.path, attribute);
  return { ...state, values: new Map(state.values).set(node, known) };
}

function withReachability(
  state: State,
  id: string,
  reachability: Reachability,
  offline_since_ms: number | null,
): State {
  if (!state.home) return state;
  const nodes = state.home.nodes.map((node) =>
    node.id === id ? { ...node, reachability, offline_since_ms } : node,
  );
  const values = new Map(state.values);
  const known = values.get(id);
  if (known && reachability === 'offline') {
    values.set(id, new Map([...known].map(([path, value]) => [path, stale(value)])));
  }
  return { ...state, home: { ...state.home, nodes }, values };
}

function stale(value: Attribute): Attribute {
  return { ...value, quality: 'stale' };
}

function withoutNode(state: State, id: string): State {
  const values = new Map(state.values);
  values.delete(id);
  if (!state.home) return { ...state, values };
  const nodes = state.home.nodes.filter((node) => node.id !== id);
  const devices = state.home.devices.filter((device) => device.node !== id);
  return { ...state, values, home: { ...state.home, nodes, devices } };
}
