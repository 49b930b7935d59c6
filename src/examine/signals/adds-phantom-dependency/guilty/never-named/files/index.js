module.exports = require('through');
