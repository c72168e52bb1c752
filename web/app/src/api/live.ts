// The hub's events: one WebSocket that comes back by itself and goes on where it stopped.

import type { ServerMessage } from './types';

export type Link = 'connecting' | 'live' | 'lost';

export interface Resume {
  run: string;
  since: number;
}

export interface LiveOptions {
  /** Attributes wanted, as `node/endpoint/cluster.attribute` with `*` for any. */
  paths: string[];
  /** The last event that is known; none asks for a snapshot. */
  resume: () => Resume | null;
  onMessage: (message: ServerMessage) => void;
  onLink: (link: Link) => void;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;
/** The hub gives a sign of life every 15 s; this much silence means that the link is dead. */
const SILENCE_MS = 40_000;

/** Keeps a link to the hub until the page goes. */
export function connect(options: LiveOptions): void {
  let attempts = 0;
  let socket: WebSocket | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  const listenForSilence = () => {
    clearTimeout(silence);
    silence = setTimeout(() => socket?.close(), SILENCE_MS);
  };

  const open = () => {
    clearTimeout(retry);
    options.onLink(attempts === 0 ? 'connecting' : 'lost');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const opened = new WebSocket(`${scheme}://${location.host}/api/v1/events`);
    socket = opened;
    opened.onopen = () => {
      const subscribe = { filter: { paths: options.paths }, ...(options.resume() ?? {}) };
      opened.send(JSON.stringify({ subscribe }));
      listenForSilence();
    };
    opened.onmessage = (event) => {
      listenForSilence();
      attempts = 0;
      options.onLink('live');
      options.onMessage(JSON.parse(String(event.data)));
    };
    opened.onclose = () => {
      if (socket !== opened) return;
      clearTimeout(silence);
      options.onLink('lost');
      retry = setTimeout(open, retryDelayMs(attempts++));
    };
  };

  const openNow = () => {
    if (document.visibilityState === 'hidden') return;
    if (socket && socket.readyState <= WebSocket.OPEN) return;
    attempts = Math.min(attempts, 1);
    open();
  };

  document.addEventListener('visibilitychange', openNow);
  addEventListener('online', openNow);
  open();
}

/** How long to wait before the next attempt: doubled each time, spread so that pages do not pile up. */
export function retryDelayMs(attempts: number, random: () => number = Math.random): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts);
  return full / 2 + random() * (full / 2);
}
