/** How a client has to be spoken to, so that it comes to the gate and leaves no trace of it behind. */
export interface Dialect {
  /**
   * How a resolver is kept from choosing a cooling version. "deprecate": it stays visible, marked as
   * deprecated; npm, pnpm and yarn berry take a version that is not deprecated first. "omit": it is
   * left out, for resolvers that do not look, unless the user asked for just that version.
   */
  readonly cooling: "deprecate" | "omit";
  /**
   * "gate": every tarball address names the gate. "original": addresses stay as the registry wrote
   * them, because npm (told `replace-registry-host=always`) asks the gate all the same and writes
   * the original into its lockfile. "absent": left out; bun then puts the standard address together
   * itself, and its lockfile stays clean.
   */
  readonly tarballUrls: "gate" | "original" | "absent";
}

/** Safe for a client that nobody knows: whatever it resolves, it has to ask the gate. */
const CAUTIOUS: Dialect = { cooling: "omit", tarballUrls: "gate" };

const BY_CLIENT: Readonly<Record<string, Dialect>> = {
  npm: { cooling: "deprecate", tarballUrls: "original" },
  pnpm: { cooling: "deprecate", tarballUrls: "gate" },
  yarn: CAUTIOUS,
  /** yarn berry names the HTTP library it asks with. */
  got: { cooling: "deprecate", tarballUrls: "gate" },
  bun: { cooling: "omit", tarballUrls: "absent" },
};

/**
 * The client's first product token (RFC 9110, section 10.1.5). A client that lies about it harms
 * only itself: the address it then gets is one that it takes past the gate in no dialect, because
 * what it was pointed at by environment is the gate.
 *
 * @param knowsClients false for a gate that people point their client at by hand: without the
 * settings that `veln npm` makes, only the cautious dialect keeps every tarball behind it.
 */
export function dialectOf(userAgent: string | undefined, knowsClients: boolean): Dialect {
  const client = /^([a-z]+)[/ ]/i.exec(userAgent ?? "")?.[1]?.toLowerCase();
  const dialect =
    client !== undefined && Object.hasOwn(BY_CLIENT, client) ? BY_CLIENT[client] : undefined;
  return knowsClients ? (dialect ?? CAUTIOUS) : { ...(dialect ?? CAUTIOUS), tarballUrls: "gate" };
}
