// SPDX-License-Identifier: MIT
// Distinct good tokens, signed beforehand for a flood: sign_many.mjs KEYS.json ALGORITHM COUNT [NAME] > tokens, one a line.
// KEYS.json is a file of the transmitter, with private keys. The token of the line N, from 0 on, has the jti NAME-N.
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const [path, algorithm, count, name = 'flood'] = process.argv.slice(2);
const AT_ONCE = 64;
const kid = algorithm === 'ES256' ? 'ec' : 'rsa';
const own = JSON.parse(readFileSync(path, 'utf8')).keys.find((key) => key.kid === kid);
const key = { key: createPrivateKey({ key: own, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
const signed = promisify(sign);
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encode({ alg: algorithm, typ: 'secevent+jwt', kid });
const now = Math.floor(Date.now() / 1000);

function claims(number) {
  return {
    iss: 'https://idp.example', aud: process.env.AUDIENCE || 'https://signoff.example/ssf', iat: now, jti: `${name}-${number}`, txn: `txn-${number}`,
    sub_id: { format: 'email', email: 'ana.silva@acme.example' },
    events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {
      event_timestamp: now, initiating_entity: 'admin', reason_admin: { en: 'account closed' } } },
  };
}

async function token(number) {
  const message = `${header}.${encode(claims(number))}`;
  const signature = await signed('sha256', Buffer.from(message), key);
  return `${message}.${signature.toString('base64url')}\n`;
}

for (let number = 0; number < count; number += AT_ONCE) {
  const numbers = Array.from({ length: Math.min(AT_ONCE, count - number) }, (_, i) => number + i);
  const lines = await Promise.all(numbers.map(token));
  if (!process.stdout.write(lines.join(''))) await new Promise((done) => { process.stdout.once('drain', done); });
}
