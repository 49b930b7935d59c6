// What an install script would write in JavaScript to reach somebody.
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";

const [attempt, ...given] = process.argv.slice(2);
const PATIENCE_MS = 2000;

function end(word, text, status) {
  process.stdout.write(`${word}: ${text}\n`);
  process.exit(status);
}

/** What a server says first. */
function greetingFrom(host, port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), timeout: PATIENCE_MS });
    socket.on("data", (bytes) => resolve(bytes.toString()));
    socket.on("timeout", () =>
      socket.destroy(Object.assign(new Error("slow"), { code: "timeout" })),
    );
    socket.on("error", reject);
    socket.on("end", () => reject(Object.assign(new Error("silent"), { code: "silent" })));
  });
}

const ATTEMPTS = {
  greeting: greetingFrom,
  /** Anything can be told to whoever answers for a zone: the question is the message. */
  dns: async (host, port) => {
    const resolver = new Resolver({ timeout: PATIENCE_MS, tries: 1 });
    resolver.setServers([`${host}:${port}`]);
    return (await resolver.resolveTxt("told.escape.invalid")).flat().join("");
  },
};

try {
  const secret = given.at(-1);
  const answer = await ATTEMPTS[attempt](...given);
  if (answer.includes(secret)) end("escaped", "an answer came from outside", 0);
  end("denied", "not there", 10);
} catch (error) {
  if (error.code === undefined) throw error;
  end("denied", error.code, 10);
}
