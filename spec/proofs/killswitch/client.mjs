// SPDX-License-Identifier: MIT
// A sender with a pace of its own: requests leave when they are due, whatever became of those before.
//
//    node client.mjs URL RATE COUNT [TOKENS [FIRST]]
//
// Posts the lines of TOKENS from the line FIRST (0) on, or without them GETs the URL. Prints one line of JSON: how many of each status (0: no
// answer), the times in ms (middle, p99, max), and with TOKENS the lines that were answered 202, each by its number, in "taken".
import http from 'node:http';
import { readFileSync } from 'node:fs';

const [url, rate, count, tokens, first] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const lines = tokens ? readFileSync(tokens, 'utf8').split('\n') : null;
const headers = { 'content-type': 'application/secevent+jwt' };
if (process.env.AUTHORIZATION) headers.authorization = process.env.AUTHORIZATION;
const statuses = {};
const taken = [];
const times = [];

function one(number) {
  const due = process.hrtime.bigint();
  return new Promise((resolve) => {
    const finish = (status) => {
      statuses[status] = (statuses[status] || 0) + 1;
      times.push(Number(process.hrtime.bigint() - due) / 1e6);
      if (status === 202) taken.push(number);
      resolve();
    };
    const request = http.request(url, { agent, method: lines ? 'POST' : 'GET', headers: lines ? headers : {}, timeout: 20000 }, (reply) => {
      reply.resume().on('end', () => finish(reply.statusCode)).on('error', () => finish(0));
    });
    request.on('timeout', () => request.destroy(new Error('time-out'))).on('error', () => finish(0));
    request.end(lines ? lines[number] : undefined);
  });
}

const began = process.hrtime.bigint();
const all = [];
let stopped = false;
process.on('SIGTERM', () => { stopped = true; });
for (let number = 0; number < count && !stopped; number += 1) {
  const wait = (number * 1000) / rate - Number(process.hrtime.bigint() - began) / 1e6;
  if (wait > 1) await new Promise((resolve) => { setTimeout(resolve, wait); });
  all.push(one(Number(first || 0) + number));
}
await Promise.all(all);
times.sort((a, b) => a - b);
const at = (part) => Math.round(100 * (times[Math.min(times.length - 1, Math.floor(part * times.length))] || 0)) / 100;
process.stdout.write(`${JSON.stringify({ statuses, middle: at(0.5), p99: at(0.99), max: at(1), sent: all.length, taken: lines ? taken : undefined })}\n`);
agent.destroy();
