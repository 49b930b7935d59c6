const { execSync } = require("child_process");
execSync("git tag v" + require("../package.json").version);
fetch("https://hooks.example.invalid/release", { method: "POST" });
