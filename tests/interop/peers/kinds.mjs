// The kinds of device that a peer can be: what each is made of and where it starts.
import { Endpoint } from "@matter/main";
import { BridgedDeviceBasicInformationServer } from "@matter/main/behaviors/bridged-device-basic-information";
import { OccupancySensingServer } from "@matter/main/behaviors/occupancy-sensing";
import { SwitchServer } from "@matter/main/behaviors/switch";
import { ThermostatServer } from "@matter/main/behaviors/thermostat";
import { Thermostat } from "@matter/main/clusters";
import { DimmableLightDevice } from "@matter/main/devices/dimmable-light";
import { DoorLockDevice } from "@matter/main/devices/door-lock";
import { ExtendedColorLightDevice } from "@matter/main/devices/extended-color-light";
import { GenericSwitchDevice } from "@matter/main/devices/generic-switch";
import { OccupancySensorDevice } from "@matter/main/devices/occupancy-sensor";
import { OnOffPlugInUnitDevice } from "@matter/main/devices/on-off-plug-in-unit";
import { TemperatureSensorDevice } from "@matter/main/devices/temperature-sensor";
import { ThermostatDevice } from "@matter/main/devices/thermostat";
import { AggregatorEndpoint } from "@matter/main/endpoints/aggregator";

const level = { minLevel: 1, maxLevel: 254, currentLevel: 100, onLevel: null, options: { executeIfOff: true, coupleColorTempToLevel: false } };

// Each kind: the device type, and how an endpoint of it starts.
const single = {
  lamp: { type: DimmableLightDevice, state: { levelControl: level } },
  colour: {
    type: ExtendedColorLightDevice,
    state: {
      levelControl: level,
      colorControl: { colorMode: 2, enhancedColorMode: 2, colorTemperatureMireds: 250, coupleColorTempToLevelMinMireds: 153, colorTempPhysicalMinMireds: 153, colorTempPhysicalMaxMireds: 500, startUpColorTemperatureMireds: null },
    },
  },
  plug: { type: OnOffPlugInUnitDevice, state: {} },
  temperature: {
    type: TemperatureSensorDevice,
    state: { temperatureMeasurement: { measuredValue: 2100, minMeasuredValue: -4000, maxMeasuredValue: 12500 } },
  },
  occupancy: {
    type: OccupancySensorDevice.with(OccupancySensingServer.with("PassiveInfrared")),
    state: { occupancySensing: { occupancy: { occupied: false }, occupancySensorType: 0, occupancySensorTypeBitmap: { pir: true } } },
  },
  switch: {
    type: GenericSwitchDevice.with(
      SwitchServer.with("MomentarySwitch", "MomentarySwitchRelease", "MomentarySwitchLongPress", "MomentarySwitchMultiPress"),
    ),
    state: { switch: { numberOfPositions: 2, currentPosition: 0, multiPressMax: 2 } },
  },
  lock: {
    type: DoorLockDevice,
    state: { doorLock: { lockState: 1, lockType: 0, wrongCodeEntryLimit: 5, userCodeTemporaryDisableTime: 10, actuatorEnabled: true, operatingMode: 0, supportedOperatingModes: { normal: false, vacation: true, privacy: true, noRemoteLockUnlock: false, passage: true, alwaysSet: 2047 } } },
  },
  thermostat: {
    type: ThermostatDevice.with(ThermostatServer.with("Heating")),
    state: {
      thermostat: {
        controlSequenceOfOperation: Thermostat.ControlSequenceOfOperation.HeatingOnly,
        systemMode: Thermostat.SystemMode.Heat,
        localTemperature: 2000,
        occupiedHeatingSetpoint: 2000,
        minHeatSetpointLimit: 700,
        maxHeatSetpointLimit: 3000,
        absMinHeatSetpointLimit: 700,
        absMaxHeatSetpointLimit: 3000,
      },
    },
  },
};

const bridged = [single.lamp, single.plug, single.temperature];

/** The device type by which a kind advertises itself. */
export function deviceType(kind) {
  return (kind === "bridge" ? AggregatorEndpoint : single[kind].type).deviceType;
}

/** Adds the endpoints of a kind to a node; they can be addressed by their index from 1. */
export async function furnish(node, kind, count) {
  if (kind !== "bridge") {
    const { type, state } = single[kind];
    return [await node.add(new Endpoint(type, { id: kind, ...state }))];
  }
  const aggregator = await node.add(new Endpoint(AggregatorEndpoint, { id: "aggregator" }));
  const endpoints = [];
  for (let n = 1; n <= count; n++) {
    const { type, state } = bridged[n % bridged.length];
    const about = { nodeLabel: `Bridged ${n}`, productName: `Part ${n}`, serialNumber: `part-${n}`, reachable: true };
    const part = new Endpoint(type.with(BridgedDeviceBasicInformationServer), { id: `part${n}`, ...state, bridgedDeviceBasicInformation: about });
    endpoints.push(await aggregator.add(part));
  }
  return endpoints;
}
