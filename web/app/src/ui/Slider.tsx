// A slider that follows the thumb at once and asks the device when it is let go.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  label: string;
  kind?: 'warmth';
  value: number;
  min: number;
  max: number;
  words: (value: number) => string;
  onCommit: (value: number) => void;
}

export function Slider({ label, kind, value, min, max, words, onCommit }: Props) {
  const dragged = useSignal<number | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const shown = dragged.value ?? value;
  const filled = `${((shown - min) / (max - min)) * 100}%`;
  // Set on the element: a style attribute would be against the content security policy.
  useEffect(() => input.current?.style.setProperty('--filled', filled), [filled]);
  const move = (event: Event) => {
    dragged.value = Number((event.currentTarget as HTMLInputElement).value);
  };
  const commit = () => {
    if (dragged.value === null) return;
    const to = dragged.value;
    dragged.value = null;
    if (to !== value) onCommit(to);
  };
  return (
    <div class="slider">
      <input
        ref={input}
        type="range"
        class={kind ?? 'amount'}
        aria-label={label}
        aria-valuetext={words(shown)}
        min={min}
        max={max}
        value={shown}
        onInput={move}
        onChange={commit}
      />
      <span class="slider-words" aria-hidden="true">
        {words(shown)}
      </span>
    </div>
  );
}
