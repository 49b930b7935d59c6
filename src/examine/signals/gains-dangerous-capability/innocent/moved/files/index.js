module.exports = { ask: require("./lib/ask.js"), open: require("./lib/open.js") };
