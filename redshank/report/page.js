"use strict";
// Zoom, pan and read-outs. The pictures are already there; this redraws their paths for another stretch of time.
(() => {
  const WIDTH = 12000, HEIGHT = 1000, MISSING = 65535, COLUMNS = 1400;
  const root = document.documentElement, tip = document.getElementById("tip");
  const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
  const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
  root.classList.add("scripted");

  const strips = JSON.parse(document.getElementById("data").textContent).map((data, index) => {
    const figure = document.querySelector(`figure[data-strip="${index}"]`);
    const x = Float64Array.from(new Uint32Array(bytes(data.x)), v => v / 4294967295);
    const svgs = [...figure.querySelectorAll(".panel:not(.lane) svg")];
    // Panels are stored in the order they were drawn: first channels, score, then the folded channels.
    const panels = data.panels.map((panel, i) => {
      const traces = panel.t.map(t => {
        const low = new Uint16Array(bytes(t.lo));
        return { name: t.n, low, high: t.hi ? new Uint16Array(bytes(t.hi)) : low };
      });
      const paths = [...svgs[i].querySelectorAll("path:not(.grid)")];
      return { name: panel.n, low: panel.s[0], high: panel.s[1], log: panel.s[2], traces, paths, whole: paths.map(p => p.getAttribute("d")) };
    });
    const one = id => figure.querySelector(id);
    return {
      data, figure, x, panels, gaps: new Set(data.gaps), view: [0, 1], plots: one(".plots"), cross: one(".cross"), brush: one(".brush"),
      axis: one(".axis"), shade: one(`#shade${index}`), grid: one(`#grid${index}`), truth: one("path.truth"),
      wholeShade: one(`#shade${index}`).getAttribute("d"), wholeGrid: one(`#grid${index}`).getAttribute("d"), wholeAxis: one(".axis").innerHTML,
      wholeTruth: one("path.truth")?.getAttribute("d"),
    };
  });

  const first = (x, at) => { let a = 0, b = x.length; while (a < b) { const m = (a + b) >> 1; x[m] < at ? a = m + 1 : b = m; } return a; };

  function line(strip, trace) {
    const [from, to] = strip.view, { x, gaps } = strip;
    const a = Math.max(0, first(x, from) - 1), b = Math.min(x.length, first(x, to) + 1), size = Math.max(1, Math.ceil((b - a) / COLUMNS));
    let d = "", pen = false;
    for (let i = a, odd = 0; i < b; i += size, odd ^= 1) {
      let low = MISSING, high = -1, gap = false;
      for (let j = i; j < Math.min(b, i + size); j++) {
        gap ||= gaps.has(j);
        if (trace.low[j] !== MISSING) { low = Math.min(low, trace.low[j]); high = Math.max(high, trace.high[j]); }
      }
      if (high < 0) { pen = false; continue; }
      const left = Math.round((x[i] - from) / (to - from) * WIDTH);
      const up = Math.round((1 - high / (MISSING - 1)) * HEIGHT), down = Math.round((1 - low / (MISSING - 1)) * HEIGHT);
      d += `${pen && !gap ? "L" : "M"}${left} ${odd ? up : down}` + (up === down ? (pen ? "" : "h1") : `V${odd ? down : up}`);
      pen = true;
    }
    return d;
  }

  function boxes(spans, [from, to]) {
    let d = "";
    for (const [a, b] of spans) {
      if (b < from || a > to) continue;
      const middle = (a + b) / 2, half = Math.max(b - a, 0.0012 * (to - from)) / 2, at = v => clamp(Math.round((v - from) / (to - from) * WIDTH), -10, WIDTH + 10);
      d += `M${at(middle - half)} 0H${at(middle + half)}V${HEIGHT}H${at(middle - half)}z`;
    }
    return d;
  }

  const STEPS = [0.001, 0.01, 0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 345600, 604800, 1209600].map(s => s * 1000);
  const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];
  const iso = ms => new Date(ms).toISOString();

  function ticks(from, to) {
    const wanted = (to - from) / 7, step = STEPS.find(s => s >= wanted), found = [];
    if (step) {
      for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
        const text = iso(t), clock = text.slice(11, step < 1000 ? 23 : step < 60000 ? 19 : 16);
        const day = step >= 86400000 || /^00:00(:00(\.0*)?)?$/.test(clock);
        found.push([t, day ? text.slice(found.length && step < 86400000 ? 5 : 0, 10) : (found.length ? "" : text.slice(0, 10) + " ") + clock]);
      }
      return found;
    }
    const months = MONTHS.find(m => m * 2629746000 >= wanted) ?? 1200, start = new Date(from);
    for (let m = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months; ; m += months) {
      const t = Date.UTC(Math.floor(m / 12), m % 12);
      if (t > to) return found;
      if (t >= from) found.push([t, iso(t).slice(0, months < 12 ? 7 : 4)]);
    }
  }

  function draw(strip) {
    const { data, view } = strip, whole = view[0] === 0 && view[1] === 1;
    strip.panels.forEach(p => p.traces.forEach((t, i) => p.paths[i].setAttribute("d", whole ? p.whole[i] : line(strip, t))));
    strip.shade.setAttribute("d", whole ? strip.wholeShade : boxes(data.events, view));
    strip.truth?.setAttribute("d", whole ? strip.wholeTruth : boxes(data.truth, view));
    if (whole) { strip.axis.innerHTML = strip.wholeAxis; strip.grid.setAttribute("d", strip.wholeGrid); return; }
    const span = data.to - data.from, from = data.from + view[0] * span, to = data.from + view[1] * span;
    const marks = ticks(from, to).map(([t, text]) => [(t - from) / (to - from), text]);
    strip.axis.innerHTML = marks.map(([share, text]) => `<span style="left:${100 * share}%">${text}</span>`).join("");
    strip.grid.setAttribute("d", marks.map(([share]) => `M${Math.round(share * WIDTH)} 0V${HEIGHT}`).join(""));
  }

  function show(strip, from, to) {
    const least = Math.min(1, 4 / Math.max(strip.x.length, 4));
    if (to - from < least) { const middle = (from + to) / 2; from = middle - least / 2; to = middle + least / 2; }
    const size = Math.min(1, to - from);
    from = clamp(from, 0, 1 - size);
    strip.view = size > 0.999 ? [0, 1] : [from, from + size];
    draw(strip);
  }

  const zoom = (strip, factor, at = 0.5) => {
    const [a, b] = strip.view, middle = a + at * (b - a), size = (b - a) * factor;
    show(strip, middle - at * size, middle + (1 - at) * size);
  };
  const pan = (strip, share) => { const [a, b] = strip.view, by = share * (b - a); show(strip, clamp(a + by, 0, 1 - (b - a)), clamp(a + by, 0, 1 - (b - a)) + (b - a)); };

  // The area of the pictures, without the gutter on the left.
  const area = strip => strip.plots.querySelector("svg").getBoundingClientRect();
  const share = (strip, event) => { const box = area(strip); return clamp((event.clientX - box.left) / box.width, 0, 1); };
  const place = (strip, element, a, b) => {
    const box = area(strip), left = box.left - strip.plots.getBoundingClientRect().left;
    element.style.display = "block"; element.style.left = `${left + a * box.width}px`;
    if (b !== undefined) element.style.width = `${(b - a) * box.width}px`;
  };

  const number = v => v === 0 ? "0" : Math.abs(v) >= 1e6 || Math.abs(v) < 1e-3 ? v.toExponential(2) : v.toLocaleString("en", { maximumSignificantDigits: 4 });
  // A stored value is a 65,534th of the panel's height: what is nearer to zero than that is zero.
  const value = (panel, q) => {
    const unit = (panel.high - panel.low) / (MISSING - 1), v = panel.low + q * unit;
    return panel.log ? 10 ** v : Math.abs(v) < unit ? 0 : v;
  };
  const text = (panel, trace, i) => {
    if (trace.low[i] === MISSING) return "missing";
    const low = number(value(panel, trace.low[i])), high = number(value(panel, trace.high[i]));
    return low === high ? low : `${low} to ${high}`;
  };

  function read(strip, event, at) {
    const [from, to] = strip.view, where = from + at * (to - from), x = strip.x;
    let i = Math.min(first(x, where), x.length - 1);
    if (i > 0 && where - x[i - 1] < x[i] - where) i--;
    place(strip, strip.cross, clamp((x[i] - from) / (to - from), 0, 1));
    const span = strip.data.to - strip.data.from, exact = strip.data.from + x[i] * span, coarse = span / x.length > 1000 ? 1000 : 1;
    const time = iso(Math.round(exact / coarse) * coarse).replace("T", " ").replace(/(:00)?\.000Z$/, "").replace(/ 00:00$/, "");
    const shown = strip.panels.filter((p, n) => n < 7), rows = [];
    for (const panel of shown) for (const trace of panel.traces) {
      const name = panel.traces.length > 1 && trace.name !== "score" && trace.name !== "limit" && shown.length > 2 ? `${panel.name}, ${trace.name}` : panel.name === "score" ? trace.name : shown.length > 2 ? panel.name : trace.name;
      const row = document.createElement("tr"), cells = [name, text(panel, trace, i)].map(c => { const cell = document.createElement("td"); cell.textContent = c; return cell; });
      row.append(...cells); rows.push(row);
    }
    const title = document.createElement("b"), table = document.createElement("table");
    title.textContent = time; table.append(...rows); tip.replaceChildren(title, table);
    tip.style.display = "block";
    const side = event.clientX > innerWidth / 2 ? -tip.offsetWidth - 16 : 16;
    tip.style.left = `${event.clientX + side}px`; tip.style.top = `${clamp(event.clientY + 14, 4, innerHeight - tip.offsetHeight - 4)}px`;
  }
  const hide = strip => { tip.style.display = "none"; strip.cross.style.display = "none"; };

  for (const strip of strips) {
    const { plots, brush, figure } = strip;
    let began = null, panning = false, view = null;
    plots.addEventListener("pointerdown", e => {
      if (e.button !== 0) return;
      began = share(strip, e); panning = e.shiftKey; view = [...strip.view]; plots.setPointerCapture(e.pointerId); e.preventDefault(); plots.focus({ preventScroll: true });
    });
    plots.addEventListener("pointermove", e => {
      const at = share(strip, e);
      if (began === null) { read(strip, e, at); return; }
      hide(strip);
      if (panning) { const by = (began - at) * (view[1] - view[0]); show(strip, view[0] + by, view[1] + by); }
      else place(strip, brush, Math.min(began, at), Math.max(began, at));
    });
    plots.addEventListener("pointerup", e => {
      brush.style.display = "none";
      const at = share(strip, e), [a, b] = strip.view, start = began;
      began = null;
      if (start === null || panning || Math.abs(at - start) < 0.005) return;
      show(strip, a + Math.min(start, at) * (b - a), a + Math.max(start, at) * (b - a));
    });
    plots.addEventListener("pointercancel", () => { began = null; brush.style.display = "none"; });
    plots.addEventListener("pointerleave", () => hide(strip));
    plots.addEventListener("dblclick", () => show(strip, 0, 1));
    plots.addEventListener("wheel", e => {
      if (e.ctrlKey || e.metaKey) { e.preventDefault(); zoom(strip, e.deltaY > 0 ? 1.25 : 0.8, share(strip, e)); }
      else if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) { e.preventDefault(); pan(strip, e.deltaX / 800); }
    }, { passive: false });
    plots.addEventListener("keydown", e => {
      const act = { ArrowLeft: () => pan(strip, -0.2), ArrowRight: () => pan(strip, 0.2), "+": () => zoom(strip, 0.6), "=": () => zoom(strip, 0.6), "-": () => zoom(strip, 1.7), Escape: () => show(strip, 0, 1), 0: () => show(strip, 0, 1) }[e.key];
      if (act) { e.preventDefault(); act(); }
    });
    figure.querySelector(".tools").addEventListener("click", e => {
      const what = e.target.dataset.do;
      if (what === "in") zoom(strip, 0.5); else if (what === "out") zoom(strip, 2); else if (what === "all") show(strip, 0, 1);
    });
  }

  document.querySelectorAll("tr[data-from]").forEach(row => row.addEventListener("click", () => {
    const strip = strips[row.dataset.strip], a = +row.dataset.from, b = +row.dataset.to, room = Math.max((b - a) * 3, 0.02);
    show(strip, a - room, b + room);
    strip.figure.scrollIntoView({ behavior: "smooth", block: "nearest" });
  }));
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => { d.dataset.was = d.open; d.open = true; }));
  addEventListener("afterprint", () => document.querySelectorAll("details").forEach(d => { d.open = d.dataset.was === "true"; }));
})();
