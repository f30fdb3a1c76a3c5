"use strict";
// Draws a series when it is opened: bytes in base64, one for each column.
const data = JSON.parse(document.getElementById("data").textContent);
const unpack = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function strip(parent, title, note, tall, draw) {
  const row = document.createElement("div");
  row.className = tall ? "strip values" : "strip";
  const name = document.createElement("b"), canvas = document.createElement("canvas"), said = document.createElement("i");
  name.textContent = title; name.title = title; said.textContent = note;
  row.append(name, canvas, said); parent.append(row);
  draw(canvas);
}

function values(canvas, low, high, truth) {
  const n = low.length, g = canvas.getContext("2d"), h = 140;
  canvas.width = n * 2; canvas.height = h;
  g.fillStyle = ink("--truth"); g.globalAlpha = 0.28;
  for (let i = 0; i < n; i++) if (truth[i] > 0) g.fillRect(2 * i, 0, 2, h);
  g.globalAlpha = 1; g.fillStyle = ink("--ink");
  for (let i = 0; i < n; i++) {
    const top = h - 4 - (high[i] / 255) * (h - 8), foot = h - 4 - (low[i] / 255) * (h - 8);
    g.fillRect(2 * i, top, 2, Math.max(1.5, foot - top));
  }
}

function heat(canvas, score, truth) {
  const n = score.length, g = canvas.getContext("2d");
  canvas.width = n * 2; canvas.height = 16;
  for (let i = 0; i < n; i++) {
    g.globalAlpha = score[i] / 255; g.fillStyle = ink("--mark"); g.fillRect(2 * i, 0, 2, 13);
    if (truth[i] > 0) { g.globalAlpha = 1; g.fillStyle = ink("--truth"); g.fillRect(2 * i, 14, 2, 2); }
  }
}

for (const one of data) {
  const box = document.createElement("details"), head = document.createElement("summary"), more = document.createElement("span");
  const best = one.detectors[0];
  box.className = "one"; head.textContent = one.name + "  ";
  more.textContent = `${one.points.toLocaleString("en")} points, best ${best.name} ${best.vus_pr.toFixed(3)}, random ${best.random.toFixed(3)}`;
  head.append(more); box.append(head); document.getElementById("series").append(box);
  box.addEventListener("toggle", () => {
    const truth = unpack(one.truth);
    strip(box, "value", "VUS-PR", true, (canvas) => values(canvas, unpack(one.low), unpack(one.high), truth));
    for (const row of one.detectors) strip(box, row.name, row.vus_pr.toFixed(3), false, (canvas) => heat(canvas, unpack(row.score), truth));
  }, { once: true });
}
