// The controls of a tile, below its head.

import { useComputed, useSignal } from '@preact/signals';
import type { Device } from '../api/types';
import { centiCelsius, kelvin, percentOf } from '../format';
import type { DeviceView, Thermostat } from '../home/device';
import { asked } from '../state/commands';
import {
  moveCovering,
  setClosed,
  setFan,
  setLevel,
  setLock,
  setMireds,
  setSetpoint,
} from './actions';
import { Icon, type IconName } from './Icon';
import { Slider } from './Slider';

interface Props {
  device: Device;
  view: DeviceView;
}

/** Half a degree, in hundredths. */
const SETPOINT_STEP = 50;

export function Controls({ device, view }: Props) {
  const wanted = useWanted(device.id);
  return (
    <>
      {view.level ? (
        <Slider
          label={`Brightness of ${device.name}`}
          value={wanted('level') ?? view.level.value}
          min={view.level.min}
          max={view.level.max}
          words={(level) => `${percentOf(level, 0, view.level?.max ?? 254)} %`}
          onCommit={(level) => setLevel(device, view, level)}
        />
      ) : null}
      {view.mireds && view.on ? (
        <Slider
          label={`Warmth of ${device.name}`}
          kind="warmth"
          value={wanted('mireds') ?? view.mireds.value}
          min={view.mireds.min}
          max={view.mireds.max}
          words={(mireds) => `${kelvin(mireds)} K`}
          onCommit={(mireds) => setMireds(device, view, mireds)}
        />
      ) : null}
      {view.locked !== null ? <LockControl device={device} view={view} /> : null}
      {view.covering ? (
        <CoveringControl device={device} view={view} wanted={wanted('closedPercent')} />
      ) : null}
      {view.thermostat && !view.thermostat.off ? (
        <SetpointControl
          device={device}
          view={view}
          thermostat={view.thermostat}
          wanted={wanted('setpoint')}
        />
      ) : null}
      {view.fanPercent !== null ? (
        <Slider
          label={`Speed of ${device.name}`}
          value={wanted('fan') ?? view.fanPercent}
          min={0}
          max={100}
          words={(percent) => `${percent} %`}
          onCommit={(percent) => setFan(device, view, percent)}
        />
      ) : null}
    </>
  );
}

function LockControl({ device, view }: Props) {
  // Unlocking is asked twice: a wet thumb must not open the door.
  const asking = useSignal(false);
  if (view.locked !== 'locked') {
    return (
      <div class="row">
        <Press icon="locked" text="Lock" onPress={() => setLock(device, view, true)} />
      </div>
    );
  }
  if (!asking.value) {
    return (
      <div class="row">
        <Press icon="unlocked" text="Unlock" onPress={() => (asking.value = true)} />
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form's fields
    <div class="row" role="group" aria-label={`Unlock ${device.name}?`}>
      <Press
        icon="unlocked"
        text="Yes, unlock"
        primary
        focus
        onPress={() => {
          asking.value = false;
          setLock(device, view, false);
        }}
      />
      <Press icon="close" text="No" onPress={() => (asking.value = false)} />
    </div>
  );
}

function CoveringControl({ device, view, wanted }: Props & { wanted: number | null }) {
  if (!view.covering) return null;
  const { closedPercent, moving } = view.covering;
  return (
    <>
      <Slider
        label={`How far ${device.name} is closed`}
        value={wanted ?? closedPercent}
        min={0}
        max={100}
        words={(percent) => `${percent} %`}
        onCommit={(percent) => setClosed(device, view, percent)}
      />
      <div class="row">
        <Press icon="up" text="Open" onPress={() => moveCovering(device, view, 'open')} />
        {moving ? (
          <Press icon="stop" text="Stop" onPress={() => moveCovering(device, view, 'stop')} />
        ) : null}
        <Press icon="down" text="Close" onPress={() => moveCovering(device, view, 'close')} />
      </div>
    </>
  );
}

function SetpointControl({
  device,
  view,
  thermostat,
  wanted,
}: Props & { thermostat: Thermostat; wanted: number | null }) {
  const { value, min, max } = thermostat.setpoint;
  const aim = wanted ?? value;
  const step = (by: number) =>
    setSetpoint(device, view, thermostat, Math.min(max, Math.max(min, aim + by)));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form's fields
    <div class="row setpoint" role="group" aria-label={`Temperature wanted by ${device.name}`}>
      <button
        type="button"
        class="press round"
        aria-label="Cooler"
        disabled={aim <= min}
        onClick={() => step(-SETPOINT_STEP)}
      >
        <Icon name="minus" />
      </button>
      <output aria-live="polite">{centiCelsius(aim)}</output>
      <button
        type="button"
        class="press round"
        aria-label="Warmer"
        disabled={aim >= max}
        onClick={() => step(SETPOINT_STEP)}
      >
        <Icon name="plus" />
      </button>
    </div>
  );
}

interface PressProps {
  icon: IconName;
  text: string;
  primary?: boolean;
  focus?: boolean;
  onPress: () => void;
}

function Press({ icon, text, primary, focus, onPress }: PressProps) {
  return (
    <button
      type="button"
      class={primary ? 'press primary' : 'press'}
      ref={focus ? (button) => button?.focus() : null}
      onClick={onPress}
    >
      <Icon name={icon} />
      {text}
    </button>
  );
}

/** What was asked for and not answered yet, by part. */
function useWanted(id: string): (part: string) => number | null {
  const request = useComputed(() => asked.value.get(id));
  const wanted = request.value?.phase === 'pending' ? request.value.wanted : null;
  return (part) => {
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return null;
    const value = wanted[part];
    return typeof value === 'number' ? value : null;
  };
}
