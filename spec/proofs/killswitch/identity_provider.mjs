// SPDX-License-Identifier: MIT
// A real identity provider that is not ours: oidc-provider, with one client that it tells of logouts by back-channel.
//
//    node identity_provider.mjs FOLDER ALGORITHM RECEIVER
//
// RS256: the client asks for `sid`; ES256: it does not. Writes FOLDER/keys.json, its public keys, and prints its issuer. Then
// GET /_control/leave?name=NAME logs that user in and out, as a browser would, and answers {"outcome", "sub"} as the provider saw it.
import http from 'node:http';
import { writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const [folder, algorithm, receiver] = process.argv.slice(2);
const client = { id: 'signoff', callback: 'https://app.example/callback' };
const LIMIT = 20; // redirects

async function makeKeys() {
  const own = { privateKeys: [], publicKeys: [] };
  for (const alg of ['RS256', 'ES256']) {
    const pair = await generateKeyPair(alg, { extractable: true });
    const about = { alg, use: 'sig', kid: `op-${alg}` };
    own.privateKeys.push({ ...(await exportJWK(pair.privateKey)), ...about });
    own.publicKeys.push({ ...(await exportJWK(pair.publicKey)), ...about });
  }
  return own;
}

function configure(keys) {
  return {
    jwks: { keys },
    cookies: { keys: ['a key for the cookies of a test'] },
    features: { backchannelLogout: { enabled: true } },
    pkce: { required: () => false },
    clients: [{
      client_id: client.id, client_secret: 'a secret of a test', redirect_uris: [client.callback], response_types: ['code'],
      grant_types: ['authorization_code'], id_token_signed_response_alg: algorithm, backchannel_logout_uri: receiver,
      backchannel_logout_session_required: algorithm === 'RS256',
    }],
    fetch: (url, options) => globalThis.fetch(url, { ...options, dispatcher: undefined }), // loopback is refused otherwise
  };
}

// A browser, as far as it is needed: cookies, redirects and forms.
function browser() {
  const jar = new Map();
  async function visit(url, options = {}) {
    for (let hops = 0; hops < LIMIT; hops += 1) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const reply = await fetch(url, { ...options, redirect: 'manual', headers: { ...options.headers, cookie } });
      for (const line of reply.headers.getSetCookie()) {
        const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
        if (value) jar.set(name, value); else jar.delete(name);
      }
      const next = reply.headers.get('location');
      if (!next) return { url, status: reply.status, text: await reply.text() };
      url = new URL(next, url).href;
      if (url.startsWith(client.callback)) return { url, status: 200, text: '' };
      options = {};
    }
    throw new Error('too many redirects');
  }
  function submit(page, fields) {
    const action = page.text.match(/<form[^>]*action="([^"]*)"/)?.[1] || page.url;
    const hidden = [...page.text.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)];
    const given = { ...Object.fromEntries(hidden.map((found) => [found[1], found[2]])), ...fields };
    return visit(new URL(action, page.url).href, {
      method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(given).toString(),
    });
  }
  return { visit, submit };
}

async function leave(provider, name) {
  const { visit, submit } = browser();
  const issuer = provider.issuer;
  const wanted = new URLSearchParams({ client_id: client.id, response_type: 'code', scope: 'openid', redirect_uri: client.callback });
  let page = await visit(`${issuer}/auth?${wanted}`);
  page = await submit(page, { prompt: 'login', login: name, password: 'anything' });
  if (!page.url.startsWith(client.callback)) page = await submit(page, { prompt: 'consent' });
  if (!page.url.startsWith(client.callback)) throw new Error(`no login: ${page.status} ${page.text.slice(0, 300)}`);
  const outcome = new Promise((resolve) => {
    provider.once('backchannel.success', (_, __, sub) => resolve({ outcome: 'success', sub }));
    provider.once('backchannel.error', (_, error, __, sub) => resolve({ outcome: error.message, sub }));
  });
  page = await visit(`${issuer}/session/end`);
  await submit(page, { logout: 'yes' });
  const result = await outcome;
  provider.removeAllListeners('backchannel.success').removeAllListeners('backchannel.error');
  return result;
}

const keys = await makeKeys();
const server = http.createServer();
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const provider = new Provider(`http://127.0.0.1:${server.address().port}`, configure(keys.privateKeys));
provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`));
const answer = provider.callback();

server.on('request', (request, reply) => {
  const url = new URL(request.url, provider.issuer);
  if (url.pathname !== '/_control/leave') return answer(request, reply);
  leave(provider, url.searchParams.get('name')).then((result) => reply.end(JSON.stringify(result)), (error) => {
    reply.statusCode = 500;
    reply.end(String(error.stack));
  });
  return undefined;
});

writeFileSync(`${folder}/keys.json`, JSON.stringify({ keys: keys.publicKeys }));
process.stdout.write(`${provider.issuer}\n`);
