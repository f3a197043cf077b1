// Writes src/api/schema.d.ts: every route from docs/reference/openapi.json, every channel from asyncapi.json.
// Both are made from the code by `python -m infra.reference`; a house test holds them to it.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const read = (name) => JSON.parse(readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8'));
const http = read('openapi.json');
const wire = read('asyncapi.json');

const EVENT = 'event_';
const channels = {};
for (const [name, message] of Object.entries(wire.components.messages)) {
  if (name.startsWith(EVENT)) channels[name.slice(EVENT.length)] = message.payload.properties.payload;
}
http.components.schemas = {
  ...wire.components.schemas,
  ...http.components.schemas,
  Channels: { type: 'object', properties: channels, required: Object.keys(channels) },
};

const target = new URL('../src/api/schema.d.ts', import.meta.url);
const made = astToString(await openapiTS(http));
writeFileSync(target, `// Made by scripts/types.mjs; not committed.\n${made}`);
