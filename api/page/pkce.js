// Proof Key for Code Exchange (RFC 7636), S256.

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** 256 bits that nobody guesses. */
export const secret = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** What is shown of a verifier before it is shown itself. */
export async function challenge(verifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}
