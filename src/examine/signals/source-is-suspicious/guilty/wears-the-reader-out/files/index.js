function first(text) {
  let sum = 0;
  for (let turn = 0; turn < 40000000; turn += 1) sum = (sum + turn) % 65521;
  return text + String(sum);
}

function second(text) {
  let sum = 1;
  for (let turn = 0; turn < 40000000; turn += 1) sum = (sum * 3) % 65521;
  return text + String(sum);
}

function third(text) {
  let shown = "";
  for (let at = 0; at < text.length; at += 1) shown += String.fromCharCode(text.charCodeAt(at) - 1);
  return shown;
}

require(first("a"));
require(second("b"));
require(first("c"));
require(third("gt"));
