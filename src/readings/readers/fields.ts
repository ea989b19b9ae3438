/** Names of values in the messages of other meter readers: their name -> our key and the factor to multiply by. */
export type FieldMap = Readonly<Record<string, readonly [key: string, factor: number]>>;

const PHASES = ['1', '2', '3'] as const;

/** Reactive power of each quadrant, var. */
function ofQuadrants(field: (quadrant: string) => string): FieldMap {
  return Object.fromEntries(
    ['1', '2', '3', '4'].map((quadrant) => [field(quadrant), [`reactivePowerQ${quadrant}`, 1]]),
  );
}

function ofPhases(field: (phase: string) => string, key: (phase: string) => string, factor: number): FieldMap {
  return Object.fromEntries(PHASES.map((phase) => [field(phase), [key(`L${phase}`), factor] as const]));
}

/**
 * The ESP32 module of dabbler.dk, over HTTP and MQTT. Its averages are left out: with some firmware of the meter they
 * are decoded from bytes of the digest at the end of a response.
 */
export const DABBLER: FieldMap = {
  Fwd_Act_Wh: ['activeEnergyImport', 0.001],
  Rev_Act_Wh: ['activeEnergyExport', 0.001],
  Fwd_W: ['activePowerImport', 1],
  Rev_W: ['activePowerExport', 1],
  Freq_mHz: ['frequency', 0.001],
  ImportReactive_VAr: ['reactivePowerImport', 1],
  ExportReactive_VAr: ['reactivePowerExport', 1],
  ...ofPhases(
    (phase) => `L${phase}_RMS_A`,
    (phase) => `current${phase}`,
    0.001,
  ),
  ...ofPhases(
    (phase) => `L${phase}_RMS_V`,
    (phase) => `voltage${phase}`,
    0.001,
  ),
  ...ofPhases(
    (phase) => `L${phase}_PF_Fac`,
    (phase) => `powerFactor${phase}`,
    0.001,
  ),
  ...ofPhases(
    (phase) => `L${phase}_Fwd_W`,
    (phase) => `activePowerImport${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `L${phase}_Rev_W`,
    (phase) => `activePowerExport${phase}`,
    1,
  ),
};

/** amsreader and its derivatives, over MQTT: names in their JSON payloads. */
export const AMS: FieldMap = {
  P: ['activePowerImport', 1],
  PO: ['activePowerExport', 1],
  Q: ['reactivePowerImport', 1],
  QO: ['reactivePowerExport', 1],
  APP: ['apparentPower', 1],
  FRQ: ['frequency', 1],
  tPI: ['activeEnergyImport', 1],
  tPO: ['activeEnergyExport', 1],
  tQI: ['reactiveEnergyImport', 1],
  tQO: ['reactiveEnergyExport', 1],
  ...ofPhases(
    (phase) => `U${phase}`,
    (phase) => `voltage${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `I${phase}`,
    (phase) => `current${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `PF${phase}`,
    (phase) => `powerFactor${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `P${phase}`,
    (phase) => `activePowerImport${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `PO${phase}`,
    (phase) => `activePowerExport${phase}`,
    1,
  ),
  ...ofQuadrants((quadrant) => `RQ${quadrant}`),
};

/** `/data.json` of the same readers, after `flatPhases`. */
export const AMS_HTTP: FieldMap = {
  i: ['activePowerImport', 1],
  e: ['activePowerExport', 1],
  ri: ['reactivePowerImport', 1],
  re: ['reactivePowerExport', 1],
  ic: ['activeEnergyImport', 1],
  ec: ['activeEnergyExport', 1],
  ric: ['reactiveEnergyImport', 1],
  rec: ['reactiveEnergyExport', 1],
  frq: ['frequency', 1],
  va: ['apparentPower', 1],
  ...ofQuadrants((quadrant) => `rq${quadrant}`),
  ...ofPhases(
    (phase) => `u${phase}`,
    (phase) => `voltage${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `i${phase}`,
    (phase) => `current${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `f${phase}`,
    (phase) => `powerFactor${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `p${phase}`,
    (phase) => `activePowerImport${phase}`,
    1,
  ),
  ...ofPhases(
    (phase) => `q${phase}`,
    (phase) => `activePowerExport${phase}`,
    1,
  ),
};
