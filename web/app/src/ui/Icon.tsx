// The few icons of the page: 24 px grid, 1.75 px stroke.

const PATHS = {
  lamp: 'M9.5 18h5M10.5 21h3M12 3a6 6 0 0 0-3.5 10.9c.6.5 1 1.2 1 2.1h5c0-.9.4-1.6 1-2.1A6 6 0 0 0 12 3Z',
  plug: 'M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0ZM12 17v4',
  locked: 'M6 11h12v9H6ZM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11M12 14.5v2',
  unlocked: 'M6 11h12v9H6ZM8.5 11V7.5a3.5 3.5 0 0 1 6.7-1.4M12 14.5v2',
  covering: 'M4 4h16M6 4v11h12V4M6 8h12M6 11.5h12M12 15v4M10.5 19.5h3',
  thermostat: 'M10 13.5V5.5a2 2 0 0 1 4 0v8a4 4 0 1 1-4 0ZM12 17v-6',
  humidity: 'M12 3.5c3 3.7 5.5 6.6 5.5 10a5.5 5.5 0 0 1-11 0c0-3.4 2.5-6.3 5.5-10Z',
  light:
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  occupancy:
    'M12 4a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM6.5 20c0-4.5 2-8 5.5-8s5.5 3.5 5.5 8M2.5 8.5v7M21.5 8.5v7',
  contact: 'M5 3.5h9v17H5ZM11 12v.5M17.5 6v14.5M14 20.5h5.5',
  alarm: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8.5v4M12 15.5v.2',
  power: 'M13 3 5.5 13.5H11L10 21l8-11h-5.5Z',
  battery: 'M3.5 8h14v8h-14ZM20.5 10.5v3M6.5 11v2M9.5 11v2',
  fan: 'M12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3ZM12 10.5C9.5 8 10 3.5 13 3.5s3.5 4.5 0 7.2M13.5 12c2.5-2.5 7-2 7 1s-4.5 3.5-7.2 0M12 13.5c2.5 2.5 2 7-1 7s-3.5-4.5 0-7.2M10.5 12c-2.5 2.5-7 2-7-1s4.5-3.5 7.2 0',
  switch: 'M5 3.5h14v17H5ZM9.5 8h5v8h-5ZM9.5 12h5',
  air: 'M3.5 9.5h10a2.5 2.5 0 1 0-2.5-2.5M3.5 14h14a2.5 2.5 0 1 1-2.5 2.5M3.5 18h6',
  device: 'M5 5h14v14H5ZM9 9.5h6v5H9Z',
  home: 'M3.5 10.5 12 4l8.5 6.5V20h-17ZM12 17c-1.7 0-2.75-1.1-2.75-2.6 0-1.7 1.5-2.4 2.25-4.4 1.9 1.1 3.25 2.7 3.25 4.4 0 1.5-1.05 2.6-2.75 2.6Z',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  more: 'M5.5 12h.1M12 12h.1M18.5 12h.1',
  close: 'm6 6 12 12M18 6 6 18',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  warn: 'M12 4 2.8 20h18.4ZM12 10v4.5M12 17.2v.1',
  up: 'm6 14 6-6 6 6',
  down: 'm6 10 6 6 6-6',
  stop: 'M7 7h10v10H7Z',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon; always beside words, so hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
