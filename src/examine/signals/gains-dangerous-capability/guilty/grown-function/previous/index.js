const https = require("https");

module.exports = function check(name, done) {
  https.get("https://registry.example.invalid/" + name, (answer) => done(answer.statusCode === 200));
};
