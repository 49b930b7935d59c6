import type { Environment } from "./paths.ts";

/**
 * The user's environment with ours laid over it. Package managers read their settings in any
 * case, and some with "_" or "-", so every spelling of a variable that we set goes: the user's own
 * spelling could otherwise win.
 */
export function layEnvironment(
  user: Environment,
  ours: Readonly<Record<string, string | undefined>>,
): Environment {
  const spelled = new Set(Object.keys(ours).map(spelling));
  const kept = Object.entries(user).filter(([name]) => !spelled.has(spelling(name)));
  const set = Object.entries(ours).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...kept, ...set]);
}

function spelling(name: string): string {
  const setting = /^((?:p?npm|bun)_config|yarn)_(.+)$/is.exec(name);
  if (setting === null) return /^(?:https?|no)_proxy$/i.test(name) ? name.toLowerCase() : name;
  const [, client = "", key = ""] = setting;
  return `${client}_${key.startsWith("//") ? key : key.replaceAll("-", "_")}`.toLowerCase();
}
