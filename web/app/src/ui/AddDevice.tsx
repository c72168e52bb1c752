// Adding a device by its code. The form only asks; how it goes is told by the job's card, which
// comes from the hub and so survives a reload.

import { signal, useSignal } from '@preact/signals';
import { call, problemOf } from '../api/http';
import type { Problem } from '../api/types';
import { home } from '../state/store';
import { Dialog } from './Dialog';
import { Icon } from './Icon';

const open = signal(false);

export function openAddDevice(): void {
  open.value = true;
}

export function AddDevice() {
  if (!open.value) return null;
  return (
    <Dialog title="Add a device" onClose={() => (open.value = false)}>
      <Form onDone={() => (open.value = false)} />
    </Dialog>
  );
}

function Form({ onDone }: { onDone: () => void }) {
  const problem = useSignal<Problem | null>(null);
  const sending = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? '').trim() || null;
    sending.value = true;
    problem.value = null;
    try {
      await call('POST', '/devices', {
        code: text('code'),
        name: text('name'),
        room: text('room'),
      });
      onDone();
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      sending.value = false;
    }
  };
  return (
    <form class="form" onSubmit={submit} autocomplete="off">
      <label>
        Setup code
        <input
          name="code"
          required
          autofocus
          spellcheck={false}
          autocapitalize="characters"
          aria-describedby="code-hint"
          placeholder="3497-011-2332"
        />
      </label>
      <p id="code-hint" class="hint">
        11 or 21 digits, or the text of the QR code, which begins with MT:. It is on the device, its
        box or its manual.
      </p>
      <label>
        Name <span class="hint">(optional)</span>
        <input name="name" maxLength={64} placeholder="Kitchen lamp" />
      </label>
      <label>
        Room <span class="hint">(optional)</span>
        <input name="room" list="rooms" maxLength={64} placeholder="Kitchen" />
      </label>
      <datalist id="rooms">
        {home.value?.rooms.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
      {problem.value ? (
        <div class="outcome failed" role="alert">
          <p>
            <Icon name="warn" />
            <span>
              {problem.value.title}: {problem.value.detail}. {problem.value.advice}
            </span>
          </p>
        </div>
      ) : null}
      <button type="submit" class="press primary wide" disabled={sending.value}>
        Add
      </button>
    </form>
  );
}
