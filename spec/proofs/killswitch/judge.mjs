// SPDX-License-Identifier: MIT
// The opinion of jose (npm): judge.mjs KEYS.json < tokens, a JSON string a line > a line each, "yes" or why not.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { compactVerify, createLocalJWKSet } from 'jose';

const keys = createLocalJWKSet(JSON.parse(readFileSync(process.argv[2], 'utf8')));
const options = { algorithms: ['RS256', 'PS256', 'ES256'] };

for await (const line of createInterface({ input: process.stdin })) {
  let opinion = 'yes';
  try {
    await compactVerify(JSON.parse(line), keys, options);
  } catch (error) {
    opinion = `no: ${error.code || error.message}`;
  }
  process.stdout.write(`${opinion}\n`);
}
