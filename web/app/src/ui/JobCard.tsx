// How the adding or removing of a device goes, stage by stage, as the hub tells it.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call, problemOf } from '../api/http';
import type { Job, JobStage } from '../api/types';
import { duration } from '../format';
import { hubNowMs } from '../state/store';
import { Icon } from './Icon';

/** The stages of adding a device, in their order. */
export const STAGES: readonly { stage: string; title: string }[] = [
  { stage: 'found', title: 'Find it on the network' },
  { stage: 'pase', title: 'Open a secure session' },
  { stage: 'regulatory', title: 'Set it up for this home' },
  { stage: 'attestation', title: 'Check its maker’s certificate' },
  { stage: 'csr', title: 'Ask it for a key' },
  { stage: 'noc', title: 'Issue its certificate' },
  { stage: 'case', title: 'Join it by that certificate' },
  { stage: 'complete', title: 'Finish' },
];

export function JobCard({ job, onDismiss }: { job: Job; onDismiss: () => void }) {
  const running = job.ended_at_ms === null;
  const problem = useSignal<string | null>(null);
  const tell = async (path: string, body: { proceed: boolean } | undefined) => {
    try {
      await call('POST', `/jobs/${job.id}/${path}`, body ?? {});
      problem.value = null;
    } catch (error) {
      problem.value = problemOf(error).title;
    }
  };
  return (
    <article class="job" aria-label={title(job)}>
      <header class="job-head">
        <h2>{title(job)}</h2>
        <Elapsed job={job} />
      </header>
      {job.kind === 'commission' ? <Stages job={job} /> : null}
      {job.question !== null && job.state === 'asking' ? (
        <div class="question" role="alert">
          <p>{job.question}</p>
          <div class="row">
            <button type="button" class="press" onClick={() => tell('answer', { proceed: false })}>
              Do not add it
            </button>
            <button type="button" class="press" onClick={() => tell('answer', { proceed: true })}>
              Add it anyway
            </button>
          </div>
        </div>
      ) : null}
      <Failure job={job} />
      {problem.value ? <p class="outcome failed">{problem.value}</p> : null}
      <div class="row">
        {running ? (
          <button type="button" class="press" onClick={() => tell('cancel', undefined)}>
            Cancel
          </button>
        ) : (
          <button type="button" class="press" onClick={onDismiss}>
            Dismiss
          </button>
        )}
      </div>
    </article>
  );
}

function title(job: Job): string {
  if (job.kind === 'remove') return 'Removing a device';
  if (job.state === 'failed') return 'The device was not added';
  return 'Adding a device';
}

function Stages({ job }: { job: Job }) {
  const reached = new Map(job.stages.map((stage) => [stage.stage, stage]));
  return (
    <ol class="stages">
      {STAGES.map(({ stage, title }) => {
        const seen = reached.get(stage);
        const how = howItWent(job, stage, seen);
        return (
          <li key={stage} class={`stage ${how}`}>
            <span class="stage-mark" aria-hidden="true">
              {how === 'passed' ? <Icon name="check" /> : null}
              {how === 'failed' ? <Icon name="close" /> : null}
            </span>
            <span class="stage-title">
              {title}
              <span class="sr-only">, {how}</span>
            </span>
            <span class="stage-note">{seen?.note}</span>
            <span class="stage-time">
              {seen && seen.took_ms !== null ? duration(seen.took_ms) : ''}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

export function howItWent(
  job: Job,
  stage: string,
  seen: JobStage | undefined,
): 'passed' | 'running' | 'failed' | 'waiting' {
  if (job.failure?.stage === stage) return 'failed';
  if (!seen) return 'waiting';
  if (seen.took_ms !== null || seen !== job.stages.at(-1)) return 'passed';
  return job.ended_at_ms === null ? 'running' : 'waiting';
}

function Failure({ job }: { job: Job }) {
  const copied = useSignal(false);
  if (!job.failure) return null;
  const { code, message, advice, detail } = job.failure;
  const copy = async () => {
    await navigator.clipboard.writeText(`${code}: ${message}\n${detail}`);
    copied.value = true;
  };
  return (
    <div class="outcome failed" role="alert">
      <p>
        <Icon name="warn" />
        <span>
          <strong>{message}</strong> {advice}
        </span>
      </p>
      <details>
        <summary>Technical detail</summary>
        <pre>
          {code}: {detail}
        </pre>
        <button type="button" class="press" onClick={copy}>
          {copied.value ? 'Copied' : 'Copy'}
        </button>
      </details>
    </div>
  );
}

function Elapsed({ job }: { job: Job }) {
  const tick = useSignal(0);
  const running = job.ended_at_ms === null;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick.value++, 1000);
    return () => clearInterval(timer);
  }, [running, tick]);
  const end = job.ended_at_ms ?? hubNowMs() + tick.value * 0;
  const elapsed = Math.max(0, end - job.started_at_ms);
  const words = running ? `${Math.floor(elapsed / 1000)} s` : duration(elapsed);
  return <span class="elapsed">{words}</span>;
}
