// What became of the last thing asked of a device, when it deserves words.

import type { Asked } from '../state/commands';
import { dismiss } from '../state/commands';
import { Icon } from './Icon';

export function Outcome({ id, asked }: { id: string; asked: Asked | undefined }) {
  if (asked?.phase === 'pending') return <div class="pending-line" aria-hidden="true" />;
  if (asked?.phase === 'unconfirmed') {
    return (
      <p class="outcome" role="status">
        The device took it, but has not reported the change yet.
      </p>
    );
  }
  if (asked?.phase !== 'failed') return null;
  const { problem, again } = asked;
  return (
    <div class="outcome failed" role="alert">
      <p>
        <Icon name="warn" />
        <span>
          {problem.title}
          {problem.advice ? `. ${problem.advice}` : ''}
        </span>
      </p>
      <div class="row">
        <button type="button" class="press" onClick={again}>
          Try again
        </button>
        <button type="button" class="press" onClick={() => dismiss(id)}>
          Dismiss
        </button>
      </div>
    </div>
  );
}
