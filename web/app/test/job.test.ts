import { describe, expect, it } from 'vitest';
import type { Home, Job, JobStage } from '../src/api/types';
import { howItWent } from '../src/ui/JobCard';
import { summary } from '../src/ui/JobsDone';

function stage(stage: string, took_ms: number | null): JobStage {
  return { stage, title: stage, started_at_ms: 0, took_ms, note: '' };
}

function job(stages: JobStage[], rest: Partial<Job> = {}): Job {
  return {
    id: 'j1',
    kind: 'commission',
    node: null,
    state: 'running',
    question: null,
    failure: null,
    started_at_ms: 0,
    ended_at_ms: null,
    stages,
    ...rest,
  };
}

describe('a stage of a job', () => {
  const [found, pase] = [stage('found', 40), stage('pase', null)];

  it('is passed, running or waiting', () => {
    const running = job([found, pase]);
    expect(howItWent(running, 'found', found)).toBe('passed');
    expect(howItWent(running, 'pase', pase)).toBe('running');
    expect(howItWent(running, 'case', undefined)).toBe('waiting');
  });

  it('is failed where the job failed', () => {
    const failure = { stage: 'pase', code: 'x', message: '', advice: '', detail: '' };
    const failed = job([found, pase], { state: 'failed', failure, ended_at_ms: 9 });
    expect(howItWent(failed, 'pase', pase)).toBe('failed');
    expect(howItWent(failed, 'case', undefined)).toBe('waiting');
  });

  it('is passed when a later one has begun', () => {
    expect(howItWent(job([stage('found', null), pase]), 'found', stage('found', null))).toBe(
      'passed',
    );
  });
});

describe('what was added of late', () => {
  const done = (node: string, kind: Job['kind'] = 'commission') =>
    job([], { state: 'done', kind, node });

  it('is named when it is one', () => {
    const home = { nodes: [{ id: '0x10', name: 'Reading lamp' }] } as Home;
    expect(summary([done('0x10')], home)).toBe('Reading lamp added');
    expect(summary([done('0x10')], null)).toBe('Device added');
  });

  it('is counted when it is more', () => {
    const removed = done('0x12', 'remove');
    expect(summary([done('0x10'), done('0x11')], null)).toBe('2 devices added');
    expect(summary([done('0x10'), done('0x11'), removed], null)).toBe('2 devices added, 1 removed');
    expect(summary([removed], null)).toBe('1 device removed');
  });
});
