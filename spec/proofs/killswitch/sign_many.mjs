// SPDX-License-Identifier: MIT
// Distinct good tokens, signed beforehand for a flood: sign_many.mjs KEYS.json ALGORITHM COUNT > tokens, one a line.
// KEYS.json is a file of the transmitter, with private keys. Every token has a jti of its own, flood-N.
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const [path, algorithm, count] = process.argv.slice(2);
const AT_ONCE = 8;
const kid = algorithm === 'ES256' ? 'ec' : 'rsa';
const own = JSON.parse(readFileSync(path, 'utf8')).keys.find((key) => key.kid === kid);
const key = { key: createPrivateKey({ key: own, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
const signed = promisify(sign);
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encode({ alg: algorithm, typ: 'secevent+jwt', kid });
const now = Math.floor(Date.now() / 1000);

function claims(number) {
  return {
    iss: 'https://idp.example', aud: process.env.AUDIENCE || 'https://signoff.example/ssf', iat: now, jti: `flood-${number}`, txn: `txn-${number}`,
    sub_id: { format: 'email', email: 'ana.silva@acme.example' },
    events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {
      event_timestamp: now, initiating_entity: 'admin', reason_admin: { en: 'account closed' } } },
  };
}

let next = 0;
async function work() {
  while (next < count) {
    const message = `${header}.${encode(claims(next += 1))}`;
    const signature = await signed('sha256', Buffer.from(message), key);
    if (!process.stdout.write(`${message}.${signature.toString('base64url')}\n`)) await new Promise((done) => { process.stdout.once('drain', done); });
  }
}

process.stdout.setMaxListeners(AT_ONCE + 1);
await Promise.all(Array.from({ length: AT_ONCE }, work));
