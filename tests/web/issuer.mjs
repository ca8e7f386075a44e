// One issuer: keys → oidc-provider → its sign-in form. The tokens are made and signed by oidc-provider alone; what is
// ours is who the people are and what their tokens say.

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

import { notice, signIn } from './pages.mjs';

// oidc-provider asks for it, and Node has it from version 22 on.
URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);
const { Provider, errors, interactionPolicy } = await import('oidc-provider');
const { createMemoryAdapter } = await import('oidc-provider/lib/adapters/memory_adapter.js');

/** Name of the API among what tokens may be asked for (RFC 8707); their `aud` is the realm's `audience`. */
const API = 'urn:beffroi:api';
const SCOPES = ['openid', 'profile', 'email', 'groups'];
const KINDS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

export class Issuer {
  #realm;
  #address;
  #path;
  #keys = [];
  #secret = crypto.randomUUID();
  // It outlives the keys: who is signed in stays so when they change.
  #adapter = createMemoryAdapter();
  #provider;
  #callback;

  /** `realm` is as in provider.mjs, with nothing left out; `address` is its `iss`. */
  static async start(realm, address) {
    const issuer = new Issuer();
    issuer.#realm = realm;
    issuer.#address = address;
    issuer.#path = new URL(address).pathname;
    await issuer.rotate();
    return issuer;
  }

  /** Signs with a new key from now on; the old ones stay published. */
  async rotate() {
    const { algorithm } = this.#realm;
    const { privateKey } = await promisify(generateKeyPair)(...KINDS[algorithm]);
    this.#keys.unshift({ ...privateKey.export({ format: 'jwk' }), alg: algorithm, use: 'sig' });
    this.#build();
  }

  /** Publishes the newest key alone. */
  withdraw() {
    this.#keys.length = 1;
    this.#build();
  }

  /** Answers a request whose path begins with that of the issuer. */
  async answer(request, response) {
    const path = request.url.slice(this.#path.length);
    if (/^\/connexion\/[\w-]+$/.test(path)) return this.#signIn(request, response);
    request.originalUrl = request.url;
    request.url = path;
    return this.#callback(request, response);
  }

  /** The keys of an oidc-provider are fixed: another one takes its place. */
  #build() {
    const { algorithm, audience, flavour, lifetime, name } = this.#realm;
    const format = flavour === 'opaque' ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: algorithm } } };
    const ours = () => ({ scope: SCOPES.join(' '), audience, accessTokenTTL: lifetime, ...format });
    const policy = interactionPolicy.base();
    policy.remove('consent');
    const provider = new Provider(this.#address, {
      adapter: this.#adapter,
      jwks: { keys: this.#keys },
      scopes: SCOPES,
      claims: { profile: ['name'], email: ['email'], groups: ['groups'] },
      clients: this.#realm.clients.map(client),
      clientDefaults: { id_token_signed_response_alg: algorithm },
      cookies: {
        // Cookies know no ports and these no paths: each issuer needs names of its own.
        names: { session: `${name}_session`, interaction: `${name}_connexion`, resume: `${name}_suite` },
        keys: [this.#secret],
      },
      features: {
        devInteractions: { enabled: false },
        rpInitiatedLogout: { enabled: false },
        resourceIndicators: {
          enabled: true, defaultResource: () => API, useGrantedResource: () => true, getResourceServerInfo: ours,
        },
      },
      findAccount: (_, sub) => this.#account(this.#realm.users.find((user) => user.sub === sub)),
      extraTokenClaims: (_, token) => this.#granted(this.#realm.users.find((user) => user.sub === token.accountId), token),
      formats: { customizers: { jwt: flavour === 'plain' ? plain : undefined } },
      interactions: { policy, url: (_, { uid }) => `${this.#path}/connexion/${uid}` },
      loadExistingGrant: consent,
      renderError: (context, { error, error_description: why }) => {
        context.type = 'html';
        context.body = notice(`${error} : ${why}`);
      },
      ttl: { AccessToken: lifetime, Grant: 86400, IdToken: 3600, Interaction: 3600, Session: 86400 },
    });
    provider.registerGrantType('password', this.#password(ours), ['username', 'password', 'lifetime']);
    provider.on('server_error', (_, error) => console.error(error));
    this.#provider = provider;
    this.#callback = provider.callback();
  }

  /** RFC 6749, 4.3: a token in one request. `lifetime` in seconds is a parameter of ours. */
  #password(api) {
    return async (context) => {
      const { client, params, provider } = context.oidc;
      const user = this.#known(params.username, params.password);
      if (!user) throw new errors.InvalidGrant('user or password is wrong');
      const token = new provider.AccessToken({ accountId: user.sub, client, gty: 'password', scope: SCOPES.join(' ') });
      token.resourceServer = new provider.ResourceServer(API, api());
      if (params.lifetime) token.resourceServer.accessTokenTTL = token.expiresIn = Number(params.lifetime);
      context.body = { access_token: await token.save(), expires_in: token.expiration, token_type: 'Bearer' };
    };
  }

  async #signIn(request, response) {
    const { prompt, params } = await this.#provider.interactionDetails(request, response);
    const show = (status, name, failed) => {
      response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
      response.end(signIn({ title: this.#realm.title, name, failed }));
    };
    if (request.method !== 'POST') return show(200, params.login_hint ?? '', false);
    const form = await read(request);
    const user = this.#known(form.get('nom'), form.get('secret'));
    if (prompt.name !== 'login' || !user) return show(400, form.get('nom') ?? '', true);
    return this.#provider.interactionFinished(request, response, { login: { accountId: user.sub } });
  }

  #known(name, password) {
    return this.#realm.users.find((user) => user.name === name && (user.password ?? password) === password);
  }

  #account(user) {
    return user && { accountId: user.sub, claims: () => ({ sub: user.sub, ...this.#claims(user) }) };
  }

  /** What a token says of somebody: the groups only under their scope, where the realm has one. */
  #granted(user, { scope = '' }) {
    const { groupsClaim, groupsScope } = this.#realm;
    const claims = this.#claims(user);
    if (groupsScope && !scope.split(' ').includes(groupsScope)) delete claims[groupsClaim];
    return claims;
  }

  #claims(user) {
    return { name: user.title, preferred_username: user.name, ...nested(this.#realm.groupsClaim, user.groups), ...user.claims };
  }
}

/** A claim where its name says, as Keycloak's mappers do: a dot steps into an object, but for an address, and `\\.` is a dot. */
function nested(name, value) {
  if (name.includes('://')) return { [name]: value };
  const steps = name.split(/(?<!\\)\./).map((step) => step.replaceAll('\\.', '.'));
  return steps.reduceRight((inner, step) => ({ [step]: inner }), value);
}

/** A client without a secret (RFC 8252): a redirect to loopback over http may go to any port. Or one that has a secret. */
function client({ id, redirectUris, secret }) {
  const native = redirectUris.every((uri) => uri.startsWith('http:'));
  return {
    client_id: id, redirect_uris: redirectUris, application_type: native ? 'native' : 'web',
    ...(secret ? { client_secret: secret, token_endpoint_auth_method: 'client_secret_post' } : { token_endpoint_auth_method: 'none' }),
    grant_types: ['authorization_code', 'password'], response_types: ['code'],
  };
}

/** As other providers do: no type of its own (RFC 9068, 2.1), a list for an audience, `azp` for the client. */
function plain(_, token, jwt) {
  jwt.header = { typ: 'JWT' };
  jwt.payload.azp = jwt.payload.client_id;
  delete jwt.payload.client_id;
  jwt.payload.aud = [jwt.payload.aud, 'account'];
}

/** Whatever is asked for is granted, without a question. */
async function consent({ oidc: { client, session, provider } }) {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(' '));
  grant.addResourceScope(API, SCOPES.join(' '));
  await grant.save();
  return grant;
}

async function read(request) {
  let text = '';
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}
