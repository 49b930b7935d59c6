/** Words in the name of a variable whose value opens something. */
const SECRET_WORDS = new Set([
  ...["auth", "authtoken", "authorization", "bearer", "cookie", "credential", "credentials"],
  ...["ident", "jwt", "key", "apikey", "otp", "pass", "passphrase", "passwd", "password", "pat"],
  ...["pw", "pwd", "secret", "secrets", "session", "token", "tokens", "username"],
]);

/** A variable's own working folder, whose name is a word for "password" elsewhere. */
const NOT_SECRET = new Set(["PWD"]);

/** Whether a name says that its value is a credential: NPM_TOKEN, npm_config_//host/:_authToken. */
export function namesSecret(name: string): boolean {
  if (NOT_SECRET.has(name)) return false;
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").split(/[^A-Za-z\d]+|(?<=[A-Za-z])\s/);
  return words.some((word) => SECRET_WORDS.has(word.toLowerCase()));
}

/** Shapes that only credentials have, by those who issue them. */
const SECRET_SHAPES: readonly RegExp[] = [
  // Addresses with a name in front of the host: a token alone does for HTTP, elsewhere it takes both.
  /\bhttps?:\/\/[^\s/?#@]+@/i,
  /\b[a-z][a-z\d+.-]{0,30}:\/\/[^\s/?#@:]*:[^\s/?#@]+@/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /_(?:auth|authToken|password)\s*=/i,
  /\bBearer\s+[\w.~+/-]{8,}/i,
  /\bnpm_[A-Za-z\d]{36}\b/,
  /\bgh[pousr]_[A-Za-z\d]{36,}/,
  /\bgithub_pat_\w{22,}/,
  /\bglpat-[\w-]{20,}/,
  /\bxox[abeoprs]-[\w-]{10,}/,
  /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/,
  /\bAIza[\w-]{35}\b/,
  /\bsk-[\w-]{20,}/,
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z\d]{16,}/,
  /\bdckr_pat_[\w-]{20,}/,
  /\bhf_[A-Za-z\d]{30,}/,
  /\bpypi-[\w-]{16,}/,
  /\beyJ[\w-]{8,2000}\.eyJ[\w-]{8,2000}\./,
];

/** Of longer values only the beginning is read. */
const VALUE_LENGTH_MAX = 64 * 1024;

/** Whether a value is, or holds, a credential that shows by its shape. */
export function looksSecret(value: string): boolean {
  const read = value.slice(0, VALUE_LENGTH_MAX);
  return SECRET_SHAPES.some((shape) => shape.test(read));
}
