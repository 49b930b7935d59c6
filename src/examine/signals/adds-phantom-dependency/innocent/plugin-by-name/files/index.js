module.exports = { plugins: ['word-plugin'] };
