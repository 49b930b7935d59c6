const { spawn } = require("child_process");

module.exports = (address) => {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  spawn(opener, [address], { detached: true }).unref();
};
