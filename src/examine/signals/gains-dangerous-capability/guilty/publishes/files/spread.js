const { execSync } = require("child_process");
const token = process.env.NPM_TOKEN;
fetch("https://registry.invalid/-/whoami", { headers: { authorization: "Bearer " + token } });
execSync("npm publish --ignore-scripts");
