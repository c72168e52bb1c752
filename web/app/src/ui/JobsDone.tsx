// What was added or removed of late: one quiet line, however much it was.

import { useComputed } from '@preact/signals';
import type { Home, Job } from '../api/types';
import { home } from '../state/store';

export function JobsDone({ jobs, onDismiss }: { jobs: Job[]; onDismiss: () => void }) {
  const current = useComputed(() => home.value);
  const line = summary(jobs, current.value);
  return (
    <article class="job is-done" aria-label={line}>
      <h2>{line}</h2>
      <button type="button" class="press" onClick={onDismiss}>
        Dismiss
      </button>
    </article>
  );
}

/** "Reading lamp added", "13 devices added", "2 devices added, 1 removed". */
export function summary(jobs: Job[], home: Home | null): string {
  const added = jobs.filter((job) => job.kind === 'commission');
  const removed = jobs.length - added.length;
  const [only] = added;
  if (jobs.length === 1 && only) {
    const node = home?.nodes.find(({ id }) => id === only.node);
    return `${node?.name ?? 'Device'} added`;
  }
  const parts = [
    added.length > 0 ? `${count(added.length)} added` : '',
    removed > 0 ? `${added.length > 0 ? removed : count(removed)} removed` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

function count(devices: number): string {
  return devices === 1 ? '1 device' : `${devices} devices`;
}
