const fs = require("node:fs");
const https = require("node:https");
const path = require("node:path");
const { spawnSync } = require("node:child_process");

const program = path.join(__dirname, "helper");
https.get("https://github.com/vendor/helper/releases/download/v1/helper", (answer) =>
  answer.pipe(fs.createWriteStream(program, { mode: 0o755 })).on("close", () => spawnSync(program)),
);
