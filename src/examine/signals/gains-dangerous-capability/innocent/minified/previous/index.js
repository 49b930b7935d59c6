const https = require("https");
const { spawn } = require("child_process");

/** Asks the service. */
function ask(name, token = process.env.SERVICE_TOKEN) {
  return new Promise((resolve, reject) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const request = https.get("https://api.example.invalid/" + name, { headers }, (answer) => {
      if (answer.statusCode !== 200) {
        reject(new Error("The service answered " + answer.statusCode));
        return;
      }
      resolve(answer);
    });
    request.on("error", reject);
  });
}

function open(address) {
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  spawn(program, [address], { detached: true }).unref();
}

module.exports = { ask, open };
