/*
 * How fast Lens reads the packages of list.txt, beside the parser alone and another analyser; or what
 * Lens and the diff say of them. Both print Markdown. How to read it: ../README.md.
 *
 *     npm run bench:lens -- [--rounds 3] [--ways lens,lazy,raw,js-x-ray] [--cache DIR] [NAME…]
 *     npm run bench:lens -- --alarms [--cache DIR] [NAME…]
 *     npm run bench:lens -- --fetch [--cache DIR] [NAME…]
 */
import { parseArgs } from "node:util";
import { alarms } from "./alarms.ts";
import { compare, measure, waysFrom } from "./measure.ts";
import { DEFAULT_CACHE, fetchSteps, listed } from "./steps.ts";

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    ways: { type: "string", default: "all" },
    cache: { type: "string", default: DEFAULT_CACHE },
    alarms: { type: "boolean", default: false },
    fetch: { type: "boolean", default: false },
    way: { type: "string" },
  },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : listed();
const steps = await fetchSteps(names, values.cache);

if (values.way !== undefined) {
  const [way] = waysFrom(values.way);
  if (way === undefined) throw new Error(`There is no way "${values.way}".`);
  console.log(JSON.stringify(await measure(way, steps)));
} else if (values.alarms) {
  console.log(await alarms(steps));
} else if (!values.fetch) {
  const ways = waysFrom(values.ways);
  console.log(compare(names, { rounds: Number(values.rounds), ways, cache: values.cache }));
}
