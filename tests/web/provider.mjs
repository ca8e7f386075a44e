// OpenID providers for the tests: configuration → one issuer for each realm, all behind one door on loopback.
//
//     node provider.mjs FILE      (`-`: standard input)
//
// FILE is JSON: {host?, port?, tls?: {certificate, key}, realms: [{name, title?, algorithm?, flavour?, audience?, groupsClaim?,
// groupsScope?, lifetime?, clients?: [{id, redirectUris, secret?}], users: [{name, password?, sub?, title?, groups?, claims?}]}]},
// where algorithm is RS256, PS256, ES256 or EdDSA, flavour is rfc9068, plain or opaque, groupsClaim is a name whose dots step into objects, groupsScope is the one scope under which
// tokens hold groups (groups), and lifetime is in seconds.
//
// Once ready it prints a line of JSON: {"address":"http://HOST:PORT"}. Issuer REALM is ADDRESS/REALM. What no
// provider offers is under ADDRESS/-/ : POST rotate/REALM, POST withdraw/REALM, GET requests.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { fileURLToPath } from 'node:url';

import { Issuer } from './issuer.mjs';
import { notice } from './pages.mjs';

/** Starts what `configuration` names, and returns the address. */
export async function start({ host = '127.0.0.1', port = 0, tls, realms }) {
  const issuers = new Map();
  const requests = {};
  const server = tls ? https.createServer({ cert: tls.certificate, key: tls.key }) : http.createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const address = `${tls ? 'https' : 'http'}://${host}:${server.address().port}`;

  const control = async ([, , verb, realm], response) => {
    if (verb === 'requests') return response.end(JSON.stringify(requests));
    const issuer = issuers.get(realm);
    if (!issuer || !['rotate', 'withdraw'].includes(verb)) return response.writeHead(404).end();
    await issuer[verb]();
    return response.end('{}');
  };
  server.on('request', async (request, response) => {
    const { pathname } = new URL(request.url, address);
    const parts = pathname.split('/');
    try {
      if (parts[1] === '-') return await control(parts, response);
      requests[pathname] = (requests[pathname] ?? 0) + 1;
      const issuer = issuers.get(parts[1]);
      return issuer ? await issuer.answer(request, response) : response.writeHead(404).end();
    } catch (error) {
      console.error(error);
      if (!response.headersSent) response.writeHead(400, { 'Content-Type': 'text/html; charset=utf-8' });
      return response.end(notice(error.message));
    }
  });
  const begin = async (realm) => issuers.set(realm.name, await Issuer.start(whole(realm), `${address}/${realm.name}`));
  await Promise.all(realms.map(begin));
  return address;
}

/** A realm with what its configuration left out. */
function whole(realm) {
  return {
    title: realm.name, algorithm: 'RS256', flavour: 'rfc9068', audience: 'beffroi', groupsClaim: 'groups',
    lifetime: 3600, clients: [{ id: 'beffroi', redirectUris: ['http://127.0.0.1/', 'http://localhost/'] }],
    ...realm,
    users: realm.users.map((user) => ({ sub: user.name, title: user.name, groups: [], claims: {}, ...user })),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = process.argv[2] === '-' ? 0 : process.argv[2];
  const address = await start(JSON.parse(readFileSync(source, 'utf8')));
  console.log(JSON.stringify({ address }));
}
