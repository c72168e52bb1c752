// The page: how the link is, what is being added, and the rooms.

import { useComputed } from '@preact/signals';
import type { Device, Home, Job } from '../api/types';
import { dismissed, dismissJobs } from '../state/dismissed';
import { home, jobs, link, nowMs } from '../state/store';
import { AddDevice, openAddDevice } from './AddDevice';
import { Details } from './Details';
import { Icon } from './Icon';
import { JobCard } from './JobCard';
import { JobsDone } from './JobsDone';
import { RoomSection } from './RoomSection';

/** How long a job that ended well is shown. */
const NEWS_MS = 60_000;

export function App() {
  return (
    <>
      <header class="bar">
        <h1>
          <Icon name="home" />
          {home.value?.name ?? 'Home'}
        </h1>
        <LinkState />
        <button type="button" class="press primary" onClick={openAddDevice}>
          <Icon name="plus" />
          Add a device
        </button>
      </header>
      <main>
        <Jobs />
        <Rooms />
      </main>
      <AddDevice />
      <Details />
    </>
  );
}

function LinkState() {
  const lost = link.value === 'lost';
  return (
    <p class={lost ? 'link is-lost' : 'link'} role="status">
      {lost ? 'Not connected. What you see may be old; trying again.' : ''}
    </p>
  );
}

function Jobs() {
  const shown = useComputed(() =>
    [...jobs.value.values()]
      .filter((job) => isNews(job, nowMs.value) && !dismissed.value.has(key(job.id)))
      .reverse(),
  );
  if (shown.value.length === 0) return null;
  const done = shown.value.filter((job) => job.state === 'done');
  const rest = shown.value.filter((job) => job.state !== 'done');
  return (
    <section class="jobs" aria-label="Devices being added or removed">
      {rest.map((job: Job) => (
        <JobCard key={job.id} job={job} onDismiss={() => dismissJobs([key(job.id)])} />
      ))}
      {done.length > 0 ? (
        <JobsDone jobs={done} onDismiss={() => dismissJobs(done.map((job) => key(job.id)))} />
      ) : null}
    </section>
  );
}

/** Whether a job is still worth a place: one that ended well is soon old. */
function isNews(job: Job, now: number): boolean {
  return job.state !== 'done' || job.ended_at_ms === null || now - job.ended_at_ms < NEWS_MS;
}

function key(job: string): string {
  const started = jobs.peek().get(job)?.started_at_ms ?? 0;
  return `${job}@${started}`;
}

function Rooms() {
  if (!home.value) {
    return link.value === 'lost' ? null : <p class="empty">Looking for the hub …</p>;
  }
  const groups = byRoom(home.value);
  if (groups.length === 0) {
    return (
      <div class="empty">
        <p>Nothing is here yet.</p>
        <button type="button" class="press primary" onClick={openAddDevice}>
          Add the first device
        </button>
      </div>
    );
  }
  return (
    <>
      {groups.map(({ id, name, devices }) => (
        <RoomSection key={id} id={id} name={name} devices={devices} />
      ))}
    </>
  );
}

/** The rooms that have devices, then the devices without a room. */
export function byRoom(home: Home): { id: string; name: string; devices: Device[] }[] {
  const inRoom = (room: number | null) => home.devices.filter((device) => device.room === room);
  const rooms = home.rooms.map(({ id, name }) => ({ id: String(id), name, devices: inRoom(id) }));
  const rest = { id: 'none', name: 'No room', devices: inRoom(null) };
  return [...rooms, rest].filter(({ devices }) => devices.length > 0);
}
