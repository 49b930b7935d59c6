module.exports = require('through');
require('word-stream/lib/fast');
