module.exports = require('through');
module.exports.name = 'my-word-stream2';
