"use strict";

const UNITS = ["B", "kB", "MB", "GB"];

function pretty(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return value.toFixed(1) + " " + UNITS[unit];
}

module.exports = pretty;

let hasGenerators = true;
try {
  Function("return function* () {}")();
} catch {
  hasGenerators = false;
}
module.exports.hasGenerators = hasGenerators;
module.exports.world = Function("return this")();
module.exports.AsyncFunction = Function('"use strict"; return (async function () {}).constructor;')();
