module.exports = require(process.argv[2]);
