// Signing in: authorization code with PKCE. The person is sent to the issuer of her organisation and comes back
// with a code; the API changes it for a token, so that this page calls nobody else.

import { get, hold, send } from "./api.js";
import { h } from "./dom.js";
import { challenge, secret } from "./pkce.js";

const UNDER_WAY = "beffroi.sign-in";
const LAST = "beffroi.organisation";
const redirectUri = `${location.origin}/`;

/** Name of a tenant as one writes it; none for the hoster. */
function tenantOf(text) {
  const name = text.trim().toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/[\s_]+/g, "-");
  return name === "hebergeur" ? undefined : name;
}

async function leave(text) {
  const tenant = tenantOf(text);
  const options = await get(tenant === undefined ? "/v1/sign-in" : `/v1/sign-in?tenant=${encodeURIComponent(tenant)}`);
  const [verifier, state] = [secret(), secret()];
  const to = new URL(options.authorizationEndpoint);
  if (!/^https?:$/.test(to.protocol)) throw new Error("L’adresse du fournisseur d’identité n’en est pas une.");
  const query = {
    response_type: "code", client_id: options.clientId, redirect_uri: redirectUri, scope: options.scope, resource: options.resource,
    state, code_challenge: await challenge(verifier), code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) if (value) to.searchParams.set(name, value);
  sessionStorage.setItem(UNDER_WAY, JSON.stringify({ tenant, verifier, state, issuer: options.issuer, hash: location.hash }));
  for (const storage of [sessionStorage, localStorage]) storage.setItem(LAST, text.trim());
  location.assign(to);
}

/** Signs in again where one did last, and comes back to the same view. */
export const signInAgain = () => leave(sessionStorage.getItem(LAST) ?? localStorage.getItem(LAST) ?? "");

/** What an issuer answers that does not let this page sign in as it does (RFC 6749, 4.1.2.1). */
const WAYS = ["invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_client"];

/** Why the issuer lets nobody in. */
export function refusal(error, description) {
  if (error === "access_denied") return "Le fournisseur d’identité a refusé la connexion, ou vous l’avez annulée.";
  const said = `Le fournisseur d’identité a répondu : ${description ?? error}`;
  if (!WAYS.includes(error)) return said;
  return `${said} (${error}). Cette page se connecte en client public, avec PKCE et sans nonce : un fournisseur qui n’admet que `
    + "des clients confidentiels, comme ProConnect, demande un intermédiaire tel que Keycloak. Transmettez ce message à l’hébergeur.";
}

/** On the way back: takes the code out of the address and gets the token. Says what failed, if anything did. */
export async function comeBack() {
  const query = new URLSearchParams(location.search);
  if (!query.has("state")) return null;
  const begun = JSON.parse(sessionStorage.getItem(UNDER_WAY) ?? "null");
  sessionStorage.removeItem(UNDER_WAY);
  history.replaceState(null, "", `/${begun?.hash ?? location.hash}`);
  if (!begun || begun.state !== query.get("state"))
    return "Cette réponse n’est pas celle de la connexion en cours. Recommencez.";
  // An issuer that says who it is (RFC 9207) is the one that was asked.
  if (query.has("iss") && query.get("iss") !== begun.issuer)
    return "Cette réponse vient d’un autre fournisseur d’identité que celui qui a été demandé. Recommencez.";
  if (query.has("error")) return refusal(query.get("error"), query.get("error_description"));
  try {
    const body = { tenant: begun.tenant, code: query.get("code"), verifier: begun.verifier, redirectUri };
    const { data } = await send("POST", "/v1/sign-in", body);
    hold(data.accessToken, Date.now() + (data.expiresIn ?? 600) * 1000);
    return null;
  } catch (problem) {
    return problem.message;
  }
}

/** The form; `said` is why one is here again. */
export function signInView(said) {
  const message = h("p", { role: "alert", class: "error", id: "organisation-erreur" }, said);
  const input = h("input", {
    id: "organisation", name: "organisation", required: true, autocomplete: "organization", autocapitalize: "none",
    spellcheck: "false", value: localStorage.getItem(LAST) ?? "", "aria-describedby": "organisation-aide organisation-erreur",
  });
  const submit = h("button", { type: "submit" }, "Se connecter");
  const onsubmit = async (event) => {
    event.preventDefault();
    message.textContent = "";
    input.removeAttribute("aria-invalid");
    submit.setAttribute("aria-busy", "true");
    try {
      await leave(input.value);
    } catch (problem) {
      const unknown = problem.status === 404;
      message.textContent = unknown ? `Aucune organisation ne se connecte ici sous le nom « ${input.value} ».` : problem.message;
      input.setAttribute("aria-invalid", "true");
      input.focus();
    }
    submit.removeAttribute("aria-busy");
  };
  const body = h("article", { class: "sign-in" },
    h("h1", {}, "Connexion"),
    h("p", {}, "Commandez et suivez les espaces de travail de votre organisation : où leurs données se trouvent, qui les touche, et la preuve de tout cela."),
    h("form", { onsubmit },
      h("label", { for: "organisation" }, "Votre organisation"),
      input,
      h("small", { id: "organisation-aide" }, "Son nom court, par exemple « ght-bm » ; ou « hébergeur »."),
      message, submit),
    h("p", {}, "Vous avez reçu une preuve ? ", h("a", { href: "#/verifier" }, "Vérifiez-la sans vous connecter"), "."));
  return { title: "Connexion", body };
}
