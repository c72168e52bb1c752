// What the hub says, as its OpenAPI document has it. Times are milliseconds since 1970, UTC.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Floor {
  id: number;
  name: string;
}

export interface Room {
  id: number;
  name: string;
  icon: string | null;
  floor: number | null;
}

export interface DeviceType {
  id: string;
  name: string;
}

/** One thing in a room: one or more endpoints of a node. */
export interface Device {
  id: string;
  node: string;
  endpoints: number[];
  name: string;
  icon: string | null;
  room: number | null;
  types: DeviceType[];
}

export type Reachability = 'unknown' | 'online' | 'offline';

export interface Node {
  id: string;
  slug: string;
  name: string;
  vendor: string | null;
  product: string | null;
  reachability: Reachability;
  offline_since_ms: number | null;
  orphaned: boolean;
  trouble: string | null;
}

export interface Home {
  name: string;
  floors: Floor[];
  rooms: Room[];
  devices: Device[];
  nodes: Node[];
}

/** An attribute with its value, as the schema names it and as people read it. */
export interface Attribute {
  path: string;
  name: string;
  value: Json;
  text: string;
  unit: string | null;
  quality: 'known' | 'stale';
  reported_at_ms: number;
  received_at_ms: number;
  cause: number | null;
}

export interface JobStage {
  stage: string;
  title: string;
  started_at_ms: number;
  took_ms: number | null;
  note: string;
}

export interface JobFailure {
  stage: string | null;
  code: string;
  message: string;
  advice: string;
  detail: string;
}

export interface Job {
  id: string;
  kind: 'commission' | 'remove';
  node: string | null;
  state: 'running' | 'asking' | 'done' | 'failed';
  question: string | null;
  failure: JobFailure | null;
  started_at_ms: number;
  ended_at_ms: number | null;
  stages: JobStage[];
}

export type Change =
  | ({ kind: 'value' } & Attribute)
  | { kind: 'fresh'; path: string; reported_at_ms: number; received_at_ms: number }
  | {
      kind: 'reachability';
      node: string;
      reachability: Reachability;
      offline_since_ms: number | null;
    }
  | { kind: 'home'; home: Home }
  | { kind: 'node_removed'; node: string }
  | { kind: 'job'; job: Job }
  | { kind: 'job_dropped'; job: string };

export type ServerMessage =
  | {
      type: 'snapshot';
      run: string;
      seq: number;
      at_ms: number;
      home: Home;
      values: Attribute[];
      jobs: Job[];
    }
  | { type: 'resumed'; run: string; seq: number; at_ms: number }
  | { type: 'delta'; seq: number; at_ms: number; changes: (Change | { kind: string })[] }
  | { type: 'alive'; at_ms: number }
  | { type: 'error'; problem: Problem };

/** RFC 9457, with what to do next. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  advice?: string | null;
}

export interface CommandOutcome {
  cause: number;
  outcome: 'acknowledged' | 'confirmed';
}
