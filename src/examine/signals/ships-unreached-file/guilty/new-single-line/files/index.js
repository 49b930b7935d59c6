module.exports = require('./lib/a');
