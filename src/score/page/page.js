/* The page of nott's tunes: draws their rolls and plays them. Times are in
 * quarter notes from the start of a tune unless they are called seconds. Texts
 * of the data are only ever set as text. SPDX-License-Identifier: MIT */
'use strict';
(() => {
const byId = id => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);
const clamp = (v, low, high) => Math.max(low, Math.min(high, v));
const mod12 = v => ((v % 12) + 12) % 12;

/* ---- the tunes as they are played ---- */

const BARS_MAX = 4000; /* a page with more would not be drawn in time */

/* The meters' bars; bar 0 is a pickup, a first bar with its own signature. */
function barsOf(t) {
    const meters = t.meters.length ? t.meters : [[0, 4, 4]];
    const bars = [];
    for (let at = 0, m = 0; (at < t.end - 1e-6 || !bars.length) && bars.length < BARS_MAX;) {
        while (m + 1 < meters.length && meters[m + 1][0] <= at + 1e-6)
            m++;
        const [, beats, unit] = meters[m];
        const next = meters[m + 1];
        let length = 4 * beats / unit;
        if (next && next[0] < at + length)
            length = next[0] - at;
        bars.push({from: at, to: at + length, beats, unit});
        at += length;
    }
    const [a, b] = bars;
    const pickup = b && meters.length > 1 && Math.abs(meters[1][0] - a.to) < 1e-6 &&
        (a.beats !== b.beats || a.unit !== b.unit);
    bars.forEach((bar, i) => { bar.number = i + (pickup ? 0 : 1); });
    return bars;
}

/* What a tempo counts: a dotted quarter in 6/8 and its kin. */
function beatOf(bar) {
    if (bar.beats > 3 && bar.beats % 3 === 0 && bar.unit >= 8)
        return 12 / bar.unit;
    return bar.unit === 2 ? 2 : 1;
}

function beatName(beat) {
    return {1: '♩', 1.5: '♩.', 2: 'half', 0.75: '♪.'}[beat] || `${beat} ♩`;
}

/* Beats count from the end of a pickup, so that its last one leads on. */
function beatsIn(bar, whole) {
    const step = beatOf(whole), list = [];
    if (bar.number)
        for (let at = bar.from; at < bar.to - 1e-6; at += step)
            list.push(at);
    else
        for (let at = bar.to - step; at > bar.from - 1e-6; at -= step)
            list.unshift(at);
    return list;
}

function notesOf(list, voice, ppq) {
    return list.map(([on, length, pitch, velocity]) =>
        ({voice, on: on / ppq, length: length / ppq, to: (on + length + 1) / ppq, pitch, velocity, rank: 0}));
}

/* All that is to be heard, in order; the notes of a chord know their rank. */
function eventsOf(t) {
    const clicks = t.bars.flatMap(bar => beatsIn(bar, t.main).map(on =>
        ({voice: 'click', on, length: .05, to: on, first: on === bar.from && bar.number > 0})));
    t.chords.forEach((n, i) => {
        const before = t.chords[i - 1];
        n.rank = before && before.on === n.on ? before.rank + 1 : 0;
    });
    return [...t.melody, ...t.chords, ...clicks].sort((a, b) => a.on - b.on);
}

function prepare(raw, index) {
    const q = raw.ppq;
    const t = {...raw, index, end: raw.end / q};
    t.melody = notesOf(raw.melody, 'melody', q);
    t.chords = notesOf(raw.chords, 'chords', q);
    t.meters = raw.meters.map(([tick, a, b]) => [tick / q, a, b]);
    t.harmony = raw.harmony.map(([tick, name, root]) => ({from: tick / q, name, root}));
    t.end = [...t.melody, ...t.chords].reduce((end, n) => Math.max(end, n.to), t.end);
    t.bars = barsOf(t);
    t.pickup = t.bars[0].number ? 0 : t.bars[0].to;
    t.main = t.bars[t.pickup ? 1 : 0];
    t.beat = beatOf(t.main);
    /* A tune with a pickup goes round without a gap: its last bar lacks it. */
    const last = t.bars[t.bars.length - 1];
    t.finish = t.pickup ? Math.min(last.to, Math.max(t.end, last.to - t.pickup)) : last.to;
    t.events = eventsOf(t);
    t.tempo = t.bpm = clamp(Math.round(6e7 / raw.quarter / t.beat), 20, 400);
    t.shift = 0;
    t.loop = {on: false, from: 0, to: t.finish, first: 0, last: t.bars.length - 1, whole: true};
    return t;
}

const tunes = data.tunes.map(prepare);

/* ---- names ---- */

const SHARP = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];
const FLAT = ['C', 'Db', 'D', 'Eb', 'E', 'F', 'Gb', 'G', 'Ab', 'A', 'Bb', 'B'];
const plainSign = name => name.replace(/#/g, '♯').replace(/b/g, '♭');

/* Sharps of the key as it is heard, -5 .. 6. */
function sharpsOf(t) {
    const n = mod12((t.key ? t.key[0] : 0) + 7 * t.shift);
    return n > 6 ? n - 12 : n;
}

function noteName(t, pitch) {
    return (sharpsOf(t) < 0 ? FLAT : SHARP)[mod12(pitch)];
}

/* "Am7", "D+E+G#", "D/F#": each letter moves. */
function chordName(t, name) {
    if (t.shift)
        name = name.replace(/(^|[+/])([A-G])([#b]?)/g, (all, before, letter, sign) =>
            before + noteName(t, SHARP.indexOf(letter) + (sign === '#') - (sign === 'b') + t.shift));
    return name.replace(/([A-G])([#b])/g, (all, letter, sign) => letter + plainSign(sign));
}

function tonicOf(t) {
    return t.key ? mod12(7 * sharpsOf(t) + (t.key[1] ? 9 : 0)) : mod12(t.shift);
}

function keyName(t) {
    return t.key ? `${plainSign(noteName(t, tonicOf(t)))} ${t.key[1] ? 'minor' : 'major'}` : '';
}

function barName(t, first, last) {
    const a = t.bars[first].number, b = t.bars[last].number;
    if (a === b)
        return a ? `bar ${a}` : 'pickup';
    return `bars ${a}–${b}`;
}

function barAt(t, position) {
    const i = t.bars.findIndex(bar => position < bar.to - 1e-6);
    return i < 0 ? t.bars.length - 1 : i;
}

/* ---- the roll ---- */

const svgSpace = document.querySelector('svg').namespaceURI;

function draw(parent, name, attributes, text) {
    const e = document.createElementNS(svgSpace, name);
    for (const key in attributes)
        e.setAttribute(key, typeof attributes[key] === 'number' ? +attributes[key].toFixed(1) : attributes[key]);
    if (text !== undefined)
        e.textContent = text;
    parent.append(e);
    return e;
}

const LEFT = 32, RIGHT = 6, LANE = 15, MARGIN = 1.4;

/* Four bars a row, on a narrow screen two; fewer of very long bars. */
function rowsOf(t, width) {
    const bar = t.main.to - t.main.from;
    let n = width < 560 && bar > 2 ? 2 : 4;
    while (n > 1 && n * bar > (width < 560 ? 12 : 32))
        n /= 2;
    const rows = [], numbered = t.pickup ? 1 : 0;
    for (let i = numbered; i < t.bars.length || !rows.length; i += n) {
        const last = Math.min(i + n, t.bars.length) - 1;
        const first = i === numbered ? 0 : i;
        rows.push({first, last, from: t.bars[first].from, zero: t.bars[Math.min(i, last)].from, to: t.bars[last].to});
    }
    return rows;
}

function layOut(t, width) {
    const rows = rowsOf(t, width), narrow = width < 560;
    const longest = Math.max(...rows.map(r => r.to - r.zero));
    const pitches = t.melody.map(n => n.pitch);
    let low = Math.min(...pitches), high = Math.max(...pitches);
    if (!pitches.length)
        low = high = 67;
    for (let i = 0; high - low < 11; i++)
        i % 2 ? high++ : low--;
    const scale = (width - LEFT - RIGHT) / (longest + t.pickup);
    const semi = Math.max(narrow ? 4.2 : 5, (narrow ? 92 : 112) / (high - low + 2 * MARGIN));
    return {rows, scale, low, high, semi, width, left: LEFT + t.pickup * scale, field: (high - low + 2 * MARGIN) * semi};
}

const xAt = (lay, row, at) => lay.left + (at - row.zero) * lay.scale;
const yAt = (lay, row, pitch) => row.top + (lay.high + MARGIN - pitch) * lay.semi;

/* The parts of a span that lie in each row. */
function pieces(lay, from, to) {
    return lay.rows.filter(r => r.from < to && r.to > from)
        .map(row => ({row, from: Math.max(from, row.from), to: Math.min(to, row.to)}));
}

function chordSpans(t) {
    return t.harmony.map((c, i) =>
        ({...c, to: i + 1 < t.harmony.length ? t.harmony[i + 1].from : t.end}));
}

/* Names in the lowest lane that is free; a third one is left out. */
function placeNames(t, lay, row) {
    const taken = [0, 0], names = [];
    for (const c of chordSpans(t)) {
        if (c.from >= row.to || c.to <= row.from || !c.name)
            continue;
        const text = chordName(t, c.name), wide = 8.4 * text.length;
        const x = Math.min(xAt(lay, row, Math.max(c.from, row.from)) + 1, lay.width - wide);
        const lane = taken.findIndex(end => end <= x);
        if (lane < 0)
            continue;
        taken[lane] = x + wide + 4;
        names.push({x, lane, text});
    }
    return names;
}

function drawBands(t, lay, g) {
    for (const row of lay.rows) {
        const x = xAt(lay, row, row.from);
        draw(g, 'rect', {class: 'field-of', x, y: row.top, width: xAt(lay, row, row.to) - x, height: lay.field});
    }
    for (const c of chordSpans(t))
        if (c.root >= 0)
            for (const p of pieces(lay, c.from, c.to)) {
                const x = xAt(lay, p.row, p.from);
                draw(g, 'rect', {class: `t${mod12((c.root + t.shift) * 7)}`, x, y: p.row.top,
                    width: xAt(lay, p.row, p.to) - x, height: lay.field});
            }
}

/* Lines and names at the tonic and the fifth over it. */
function drawPitches(t, lay, row, g) {
    const x = xAt(lay, row, row.from), end = xAt(lay, row, row.to);
    for (let pitch = lay.low; pitch <= lay.high; pitch++) {
        const over = mod12(pitch + t.shift - tonicOf(t));
        if (over !== 0 && over !== 7)
            continue;
        const y = yAt(lay, row, pitch), heard = pitch + t.shift;
        draw(g, 'path', {class: `line ${over ? 'fifth' : 'tonic'}`, d: `M${x.toFixed(1)} ${y.toFixed(1)}H${end.toFixed(1)}`});
        draw(g, 'text', {x: x - 6, y: y + 3.5, 'text-anchor': 'end', 'font-size': 10},
            plainSign(noteName(t, heard)) + (Math.floor(heard / 12) - 1));
    }
}

function drawLines(t, lay, row, g) {
    const line = at => `M${xAt(lay, row, at).toFixed(1)} ${row.top.toFixed(1)}v${lay.field.toFixed(1)}`;
    const bars = t.bars.slice(row.first, row.last + 1);
    const beats = bars.flatMap(bar => beatsIn(bar, t.main).filter(at => at > bar.from));
    const numbered = bars.filter(bar => bar.number);
    draw(g, 'path', {class: 'line beat', d: beats.map(line).join('')});
    draw(g, 'path', {class: 'line barline', d: numbered.map(bar => line(bar.from)).join('') + line(row.to)});
    if (row === lay.rows[lay.rows.length - 1])
        draw(g, 'path', {class: 'line end', d: `M${(xAt(lay, row, row.to) + 3.8).toFixed(1)} ${row.top.toFixed(1)}v${lay.field.toFixed(1)}`});
}

/* The pitch classes that sound under each note decide its shade. */
function fitsChord(t, note) {
    const under = t.chords.filter(c => c.on <= note.on && c.to > note.on);
    return !under.length || under.some(c => mod12(c.pitch - note.pitch) === 0);
}

function drawNotes(t, lay, g) {
    const high = Math.max(4.6, lay.semi * 1.1);
    t.rects = [];
    for (const n of t.melody) {
        const shade = fitsChord(t, n) ? 'note' : 'note other';
        for (const p of pieces(lay, n.on, n.to)) {
            const wide = (p.to - p.from) * lay.scale, gap = Math.min(1.6, wide * .2);
            const e = draw(g, 'rect', {class: shade, x: xAt(lay, p.row, p.from) + gap / 2,
                y: yAt(lay, p.row, n.pitch) - high / 2, width: Math.max(.6, wide - gap), height: high,
                rx: Math.min(high, wide) * .42});
            t.rects.push({from: p.from, to: p.to, e});
        }
    }
}

/* What a row holds, to tell when it comes again. */
function contentOf(t, row) {
    const part = list => list.filter(n => n.on >= row.zero - 1e-6 && n.on < row.to - 1e-6)
        .map(n => [(n.on - row.zero).toFixed(3), n.length.toFixed(3), n.pitch]);
    return JSON.stringify([part(t.melody), part(t.chords), (row.to - row.zero).toFixed(3)]);
}

function drawNumbers(t, lay, g) {
    const seen = new Map();
    for (const row of lay.rows) {
        const first = row.first + (t.bars[row.first].number ? 0 : 1);
        if (first <= row.last)
            draw(g, 'text', {class: 'number', x: xAt(lay, row, row.from) - 6, y: row.top - 7, 'text-anchor': 'end'},
                t.bars[first].number);
        const content = contentOf(t, row), same = seen.get(content);
        if (same)
            draw(g, 'text', {class: 'repeat', x: xAt(lay, row, row.to), y: row.top + lay.field + 13, 'text-anchor': 'end'},
                `= ${barName(t, same.first + (t.bars[same.first].number ? 0 : 1), same.last)}`);
        else if (first <= row.last)
            seen.set(content, row);
    }
}

function drawLoop(t) {
    const lay = t.lay;
    t.loopLayer.replaceChildren();
    if (!t.loop.on && !t.dragged)
        return;
    const span = t.dragged || t.loop;
    for (const p of pieces(lay, span.from, Math.min(span.to, t.bars[span.last].to))) {
        const x = xAt(lay, p.row, p.from), box = {x, y: p.row.top - .5, width: xAt(lay, p.row, p.to) - x, height: lay.field + 1};
        draw(t.loopLayer, 'rect', {class: 'loop-edge', ...box});
        draw(t.loopLayer, 'rect', {class: 'looped', rx: 2, ...box});
    }
}

function drawRoll(t) {
    const svg = t.svg, width = svg.parentNode.clientWidth;
    if (!width)
        return;
    const lay = t.lay = layOut(t, width);
    svg.replaceChildren();
    let y = 0;
    for (const row of lay.rows) {
        row.names = placeNames(t, lay, row);
        row.top = y + LANE * (1 + Math.max(0, ...row.names.map(n => n.lane))) + 6;
        y = row.top + lay.field + 18;
    }
    svg.setAttribute('viewBox', `0 0 ${width} ${Math.ceil(y)}`);
    svg.setAttribute('aria-label', `Piano roll of ${t.title}: ${t.bars.length} bars`);
    drawBands(t, lay, draw(svg, 'g', {}));
    for (const row of lay.rows) {
        const g = draw(svg, 'g', {});
        drawPitches(t, lay, row, g);
        drawLines(t, lay, row, g);
        for (const n of row.names)
            draw(g, 'text', {class: 'name', x: n.x, y: row.top - 6 - n.lane * LANE}, n.text);
    }
    drawNumbers(t, lay, draw(svg, 'g', {}));
    t.loopLayer = draw(svg, 'g', {});
    drawNotes(t, lay, draw(svg, 'g', {}));
    t.cursor = draw(svg, 'rect', {class: 'cursor', x: -1, y: 0, width: 2, height: lay.field + 4, rx: 1});
    t.cursorRow = null;
    drawLoop(t);
    showPosition(t);
}

/* ---- sounds ---- */

const sound = {context: null, strings: new Map()};

const RATE = 44100; /* of strings; the clock's own may be another */

/* One period of a string that is struck at `pick` of its length; its overtones
 * grow fainter by `slope`. A little noise is the plectrum. */
function strike(pitch, period, {slope, pick}) {
    const out = new Float32Array(period);
    for (let k = 1; k < Math.min(48, period / 2); k++) {
        const share = Math.sin(Math.PI * k * pick) / k ** slope;
        for (let i = 0; i < period; i++)
            out[i] += share * Math.sin(2 * Math.PI * k * i / period);
    }
    const peak = out.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-9);
    for (let i = 0, seed = 4711 + pitch; i < period; i++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        out[i] = out[i] / peak + .12 / slope * (seed / 2147483648 - 1);
    }
    return out;
}

/* A plucked string after Karplus and Strong: a period goes round and round, and
 * loses its edge, by `bright` the less, and its strength on the way; `ring` is how
 * many seconds it takes to fade by 60 dB. */
function pluckedString(pitch, how) {
    const hertz = 440 * 2 ** ((pitch - 69) / 12), turn = .5 - .42 * how.bright;
    const period = Math.max(2, Math.round(RATE / hertz - turn)), seconds = how.ring * 2 ** ((57 - pitch) / 34);
    const keep = 10 ** (-3 / (hertz * seconds)), here = keep * (1 - turn), before = keep * turn;
    const count = Math.ceil(RATE * Math.min(4, seconds * .9));
    const buffer = new AudioBuffer({length: count, sampleRate: RATE}), out = buffer.getChannelData(0);
    out.set(strike(pitch, period, how).subarray(0, count));
    for (let i = period + 1; i < count; i++)
        out[i] = here * out[i - period] + before * out[i - period - 1];
    for (let i = 0; i < 40; i++)
        out[i] *= i / 40;
    for (let i = 0; i < 400; i++)
        out[count - 1 - i] *= i / 400;
    return {buffer, tune: hertz * (period + turn) / RATE};
}

const plucked = {
    mandolin: {bright: .75, slope: .8, pick: .13, ring: 2.2},
    guitar: {bright: .25, slope: 1.3, pick: .24, ring: 4.4},
};

function stringFor(kind, pitch) {
    const key = `${kind} ${pitch}`;
    if (!sound.strings.has(key))
        sound.strings.set(key, pluckedString(pitch, plucked[kind]));
    return sound.strings.get(key);
}

/* An envelope at the end of which its sources stop. The answer ends it early. */
function envelope(out, sources, when, until, attack, level, fade) {
    const gain = sound.context.createGain(), g = gain.gain;
    g.setValueAtTime(attack ? 0 : level, when);
    if (attack)
        g.linearRampToValueAtTime(level, when + attack);
    g.setTargetAtTime(0, Math.max(until, when + attack), fade);
    gain.connect(out);
    sources.forEach(s => {
        s.start(when);
        s.stop(Math.max(until, when + attack) + 7 * fade);
    });
    sources[0].onended = () => gain.disconnect();
    const stop = seconds => {
        if (seconds <= when)
            return gain.disconnect();
        g.cancelAndHoldAtTime ? g.cancelAndHoldAtTime(seconds) : g.cancelScheduledValues(seconds);
        g.setTargetAtTime(0, seconds, .015);
        sources.forEach(s => s.stop(seconds + .12));
    };
    return {gain, stop};
}

function pluck(out, kind, pitch, detune, when, until, level, fade) {
    const string = stringFor(kind, pitch), source = sound.context.createBufferSource();
    source.buffer = string.buffer;
    source.playbackRate.value = string.tune * 2 ** (detune / 1200);
    const e = envelope(out, [source], when, until, 0, level, fade);
    source.connect(e.gain);
    return e;
}

function oscillator(type, hertz) {
    const o = sound.context.createOscillator();
    o.type = type;
    o.frequency.value = hertz;
    return o;
}

/* Shakes a pitch by so many cents, the more the longer a note is held. */
function vibrato(targets, when, rate, cents) {
    const o = oscillator('sine', rate), depth = sound.context.createGain();
    depth.gain.setValueAtTime(0, when + .12);
    depth.gain.linearRampToValueAtTime(cents, when + .45);
    o.connect(depth);
    targets.forEach(t => depth.connect(t.detune));
    return o;
}

function filter(type, hertz, q, gain) {
    const f = sound.context.createBiquadFilter();
    f.type = type;
    f.frequency.value = hertz;
    f.Q.value = q;
    f.gain.value = gain || 0;
    return f;
}

const chain = (...nodes) => nodes.reduce((a, b) => (a.connect(b), b));

const instruments = {
    mandolin(out, pitch, when, until, level) {
        const pair = [-2.5, 2.5].map((cents, i) =>
            pluck(out, 'mandolin', pitch, cents, when + .004 * i, until + .06, level * .72, .1));
        return {stop: s => pair.forEach(p => p.stop(s))};
    },
    fiddle(out, pitch, when, until, level) {
        const hertz = 440 * 2 ** ((pitch - 69) / 12);
        const saws = [oscillator('sawtooth', hertz), oscillator('sawtooth', hertz * 1.0018)];
        const e = envelope(out, [...saws, vibrato(saws, when, 5.6, 11)], when, until, .045, level * .085, .045);
        const body = filter('peaking', 480, 1.1, 6);
        saws.forEach(s => s.connect(body));
        chain(body, filter('peaking', 1250, 1.4, 4), filter('peaking', 2700, 1.2, 5),
            filter('lowpass', Math.min(6500, 2200 + hertz * 3), .5), e.gain);
        return e;
    },
    whistle(out, pitch, when, until, level) {
        const hertz = 440 * 2 ** ((pitch - 69) / 12);
        const parts = [1, 2, 3].map(k => oscillator('sine', hertz * k));
        const e = envelope(out, [...parts, vibrato(parts, when, 5, 9)], when, until, .03, level * .19, .035);
        parts.forEach((o, i) => {
            const share = sound.context.createGain();
            share.gain.value = [1, .16, .06][i];
            chain(o, share, e.gain);
        });
        return e;
    },
    /* Its lowest note is struck first, as a hand goes over the strings. */
    guitar(out, pitch, when, until, level, rank) {
        return pluck(out, 'guitar', pitch, 0,
            when + .011 * rank, until + .03, level * .5, .12);
    },
    click(out, first, when) {
        const o = oscillator('triangle', first ? 1960 : 1310);
        const e = envelope(out, [o], when, when + .004, .001, first ? .5 : .3, .016);
        o.connect(e.gain);
        return e;
    },
};

/* A small room: noise that dies away. */
function room(context) {
    const count = Math.round(context.sampleRate * 1.1), buffer = context.createBuffer(2, count, context.sampleRate);
    for (let side = 0, seed = 99; side < 2; side++) {
        const out = buffer.getChannelData(side);
        for (let i = 0, smooth = 0; i < count; i++) {
            seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
            smooth += .35 * (seed / 2147483648 - 1 - smooth);
            out[i] = smooth * Math.exp(-6.2 * i / count) * Math.min(1, i / 300);
        }
    }
    const node = context.createConvolver();
    node.buffer = buffer;
    return node;
}

function openSound() {
    if (sound.context)
        return;
    const context = sound.context = new (window.AudioContext || window.webkitAudioContext)();
    const master = context.createGain(), wet = context.createGain();
    sound.meter = context.createAnalyser();
    master.gain.value = .8;
    wet.gain.value = .2;
    const limit = context.createDynamicsCompressor();
    limit.threshold.value = -10;
    limit.ratio.value = 6;
    chain(master, limit, sound.meter, context.destination);
    chain(master, room(context), wet, limit);
    sound.outs = {};
    for (const voice of ['melody', 'chords', 'click'])
        (sound.outs[voice] = context.createGain()).connect(voice === 'click' ? limit : master);
    setLevels();
}

/* ---- the player ---- */

const player = {
    tune: 0, playing: false, all: false, rest: 0, /* where it waits */ turn: 0,
    segments: [], /* {seconds, at}: from then on it goes on from there */
    next: 0, live: [], timer: 0, scheduled: 0, finish: Infinity,
    muted: {melody: false, chords: false, click: true}, level: {melody: .8, chords: .6, click: .5},
    voice: 'mandolin',
};
const current = () => tunes[player.tune];
const now = () => sound.context ? sound.context.currentTime : 0;
const speed = () => current().bpm * current().beat / 60; /* quarters a second */

function setLevels() {
    for (const voice in sound.outs || {}) {
        const level = player.muted[voice] ? 0 : 1.6 * player.level[voice] ** 1.6;
        sound.outs[voice].gain.setTargetAtTime(level, now(), .012);
    }
}

function positionAt(seconds) {
    let s = player.segments[0];
    for (const other of player.segments)
        if (other.seconds <= seconds)
            s = other;
    return s.at + Math.max(0, seconds - s.seconds) * speed();
}

function position() {
    return player.segments.length ? Math.min(positionAt(now()), current().finish) : player.rest;
}

function eventFrom(t, at) {
    const i = t.events.findIndex(e => e.on >= at - 1e-6);
    return i < 0 ? t.events.length : i;
}

/* Seconds are those of the event; a note that has been missed stays silent. */
function sounds(e, seconds, until) {
    if (seconds < now() - .06)
        return;
    const t = current(), when = Math.max(seconds, now()), level = (e.velocity / 127) ** 1.3;
    const out = sound.outs[e.voice];
    let heard;
    if (e.voice === 'click')
        heard = instruments.click(out, e.first, when);
    else {
        const pitch = clamp(e.pitch + t.shift, 12, 120);
        heard = e.voice === 'melody' ? instruments[player.voice](out, pitch, when, until, level)
            : instruments.guitar(out, pitch, when, until, level, Math.min(e.rank, 6));
        player.scheduled++;
    }
    player.live.push({seconds, until, stop: heard.stop});
}

const loopEnd = t => t.loop.on ? Math.max(Math.min(t.loop.to, t.finish), t.loop.from + .25) : t.finish;

/* Gives the sounds of the next moments to the audio clock; a page that is not
 * in sight is called less often and looks further ahead. */
function look() {
    const t = current(), horizon = now() + (document.hidden ? 1.7 : .2);
    for (const end = loopEnd(t); player.playing;) {
        const last = player.segments[player.segments.length - 1], e = t.events[player.next];
        const at = e && e.on < end - 1e-6 ? e.on : end;
        const seconds = last.seconds + (at - last.at) / speed();
        if (seconds > horizon)
            break;
        if (at < end) {
            sounds(e, seconds, seconds + Math.min(e.length, end - at) / speed());
            player.next++;
        } else if (t.loop.on) {
            player.segments.push({seconds, at: t.loop.from});
            player.next = eventFrom(t, t.loop.from);
        } else {
            if (now() >= seconds)
                finish();
            break;
        }
    }
    player.live = player.live.filter(v => v.until > now() - 1);
    while (player.segments.length > 2 && player.segments[1].seconds < now() - 1)
        player.segments.shift();
}

/* Takes back what has not begun, or everything. */
function silence(everything) {
    const at = now();
    player.live = player.live.filter(v => {
        if (!everything && v.seconds <= at)
            return true;
        v.stop(at);
        return false;
    });
}

/* Goes on from a place; what should be sounding there is struck again. */
function goFrom(at, seconds, again) {
    const t = current();
    player.segments = [{seconds, at}];
    player.next = eventFrom(t, at);
    if (again)
        for (const e of t.events)
            if (e.voice !== 'click' && e.on < at - 1e-6 && e.to > at + .2)
                sounds(e, seconds, seconds + (e.to - at) / speed());
    look();
}

async function play(from, wait) {
    const t = current(), turn = ++player.turn;
    openSound();
    player.rest = from === undefined ? position() : from;
    if (player.rest >= loopEnd(t) - 1e-6)
        player.rest = t.loop.on ? t.loop.from : 0;
    silence(true);
    player.segments = [];
    player.playing = true;
    show();
    if (sound.context.state !== 'running')
        await sound.context.resume();
    if (!player.playing || turn !== player.turn)
        return;
    goFrom(player.rest, now() + (wait || .06), true);
    clearInterval(player.timer);
    player.timer = setInterval(look, 25);
    requestAnimationFrame(frame);
}

function pause() {
    if (!player.playing)
        return;
    player.rest = position();
    player.playing = false;
    player.segments = [];
    clearInterval(player.timer);
    silence(true);
    show();
}

function finish() {
    pause();
    player.rest = 0;
    if (player.all && player.tune + 1 < tunes.length) {
        select(player.tune + 1, true);
        play(0, 1);
    } else {
        player.all = false;
        show();
    }
}

/* Changes something about the tune; while it plays this is heard at once. */
function change(how, strike) {
    const going = player.segments.length, at = going ? position() : 0;
    if (going)
        silence(strike);
    how(current());
    if (going)
        goFrom(at < loopEnd(current()) - 1e-6 ? at : current().loop.from, now(), strike);
    show();
}

function seek(at) {
    at = clamp(at, 0, current().finish - .01);
    if (player.playing)
        play(at);
    else {
        player.rest = at;
        show();
    }
}

function select(i, scroll) {
    if (i < 0 || i >= tunes.length)
        return;
    if (i !== player.tune) {
        pause();
        player.rest = 0;
        player.tune = i;
        fillParts();
    }
    if (scroll)
        current().article.scrollIntoView({block: 'start', behavior: calm.matches ? 'auto' : 'smooth'});
    show();
}

/* ---- loops ---- */

function setLoop(first, last, on) {
    change(t => {
        const whole = first === 0 && last === t.bars.length - 1;
        t.loop = {on, first, last, whole, from: t.bars[first].from, to: whole ? t.finish : t.bars[last].to};
    });
    fillParts();
    drawLoop(current());
}

function partsOf(t) {
    const first = t.pickup ? 1 : 0, count = t.bars.length - first, size = count >= 12 ? 8 : 4;
    const parts = [[0, t.bars.length - 1]];
    for (let i = first; count > size && i < t.bars.length; i += size)
        parts.push([i, Math.min(i + size, t.bars.length) - 1]);
    return parts;
}

function fillParts() {
    const t = current(), parts = partsOf(t), {first, last} = t.loop;
    if (!parts.some(p => p[0] === first && p[1] === last))
        parts.push([first, last]);
    byId('part').replaceChildren(...parts.map((p, i) => {
        const option = new Option(i ? barName(t, p[0], p[1]) : 'whole tune', p.join(' '));
        option.selected = p[0] === first && p[1] === last;
        return option;
    }));
}

/* ---- what is seen ---- */

const calm = matchMedia('(prefers-reduced-motion: reduce)');

function setText(e, text) {
    if (e.textContent !== text)
        e.textContent = text;
}

/* Brings the row that is played now into view, above the player, if the one
 * before it was: who reads the sheet meanwhile is not disturbed. */
function follow(t, before, row) {
    const box = t.svg.getBoundingClientRect(), floor = byId('player').getBoundingClientRect().top;
    const top = box.top + row.top - 30, bottom = top + t.lay.field + 50;
    const seen = box.top + before.top + t.lay.field > 0 && box.top + before.top < floor;
    if (seen && (top < 0 || bottom > floor))
        window.scrollBy({top: top - Math.max(20, (floor - t.lay.field) / 3), behavior: calm.matches ? 'auto' : 'smooth'});
}

function showPosition(t) {
    if (!t.lay || t !== current())
        return;
    const at = position(), lay = t.lay;
    const row = lay.rows.find(r => at < r.to - 1e-6) || lay.rows[lay.rows.length - 1];
    t.cursor.setAttribute('transform', `translate(${xAt(lay, row, at).toFixed(2)} ${(row.top - 2).toFixed(1)})`);
    if (t.cursorRow && t.cursorRow !== row && player.playing)
        follow(t, t.cursorRow, row);
    t.cursorRow = row;
    for (const r of t.rects)
        r.e.classList.toggle('sounding', player.playing && r.from <= at && at < r.to);
    const bar = t.bars[barAt(t, at)], last = t.bars[t.bars.length - 1].number;
    setText(byId('now-bar'), bar.number ? `bar ${bar.number} of ${last}` : `pickup, ${last} bars`);
    byId('progress').firstElementChild.style.transform = `scaleX(${(at / t.finish).toFixed(4)})`;
}

function frame() {
    if (!player.playing)
        return;
    showPosition(current());
    requestAnimationFrame(frame);
}

function pressed(id, on) {
    byId(id).setAttribute('aria-pressed', String(on));
}

/* The controls and the lists, after anything has changed. */
function show() {
    const t = current();
    for (const other of tunes) {
        const playing = player.playing && other === t;
        other.article.classList.toggle('current', other === t);
        other.hear.classList.toggle('playing', playing);
        other.hear.setAttribute('aria-label', `${playing ? 'Pause' : 'Play'} ${other.title}`);
        if (other.entry)
            other === t ? other.entry.setAttribute('aria-current', 'true') : other.entry.removeAttribute('aria-current');
    }
    byId('play').classList.toggle('playing', player.playing);
    byId('play').setAttribute('aria-label', player.playing ? 'Pause' : 'Play');
    setText(byId('now-title'), t.title);
    Object.assign(byId('tempo'), {min: Math.round(t.tempo * .4), max: Math.round(t.tempo * 1.6), value: t.bpm});
    setText(byId('tempo-text'), `${beatName(t.beat)} = ${t.bpm}`);
    byId('tempo').setAttribute('aria-valuetext', `${t.bpm} beats a minute`);
    const sign = t.shift > 0 ? '+' : t.shift < 0 ? '−' : '';
    setText(byId('shift'), `${sign}${Math.abs(t.shift)}${t.key ? ` · ${keyName(t)}` : ' semitones'}`);
    byId('lower').disabled = t.shift <= -12;
    byId('higher').disabled = t.shift >= 12;
    byId('previous').disabled = player.tune === 0;
    byId('next').disabled = player.tune === tunes.length - 1;
    byId('chord-field').hidden = !t.chords.length;
    pressed('loop', t.loop.on);
    pressed('melody', !player.muted.melody);
    pressed('chords', !player.muted.chords);
    pressed('metronome', !player.muted.click);
    showPosition(t);
}

/* ---- what is done ---- */

function toggleMute(voice) {
    player.muted[voice] = !player.muted[voice];
    setLevels();
    show();
}

function transpose(by) {
    change(t => { t.shift = clamp(t.shift + by, -12, 12); }, true);
    drawRoll(current());
}

function setTempo(bpm) {
    change(t => { t.bpm = clamp(Math.round(bpm), Math.round(t.tempo * .4), Math.round(t.tempo * 1.6)); });
}

function stepBar(by) {
    const t = current(), at = position(), i = barAt(t, at);
    /* back goes to the start of this bar unless that is where it is */
    const late = by < 0 && at - t.bars[i].from > .35 * speed();
    seek(t.bars[clamp(late ? i : i + by, 0, t.bars.length - 1)].from);
}

function playOrPause() {
    player.playing ? pause() : play();
}

function say(text) {
    setText(byId('said'), text);
}

function copyOldWay(text) {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'unseen';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
}

async function copy(text, button) {
    let done = true;
    try {
        await navigator.clipboard.writeText(text);
    } catch (e) {
        done = copyOldWay(text);
    }
    button.textContent = done ? 'Copied' : 'Not copied';
    say(button.textContent);
    setTimeout(() => { button.textContent = 'Copy'; }, 1600);
}

function save(name, type, content) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([content], {type}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const fromBase64 = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));

/* ---- the roll under a finger ---- */

function placeAt(t, event) {
    const box = t.svg.getBoundingClientRect(), lay = t.lay, y = event.clientY - box.top;
    const row = lay.rows.find(r => y < r.top + lay.field + 9) || lay.rows[lay.rows.length - 1];
    return clamp(row.zero + (event.clientX - box.left - lay.left) / lay.scale, row.from, row.to - 1e-3);
}

/* A place between eighths is never meant. */
const toEighth = at => Math.floor(at * 2 + .25) / 2;

function drag(t, down, event) {
    const a = barAt(t, down.at), b = barAt(t, placeAt(t, event));
    const first = Math.min(a, b), last = Math.max(a, b);
    t.dragged = {first, last, from: t.bars[first].from, to: t.bars[last].to};
    t.svg.classList.add('drawing');
    drawLoop(t);
}

function listenToRoll(t) {
    let down = null;
    const drop = () => {
        down = t.dragged = null;
        t.svg.classList.remove('drawing');
    };
    t.svg.addEventListener('pointerdown', e => {
        if (e.button === 0)
            down = {at: placeAt(t, e), x: e.clientX, y: e.clientY};
    });
    t.svg.addEventListener('pointermove', e => {
        if (!down || (!t.dragged && Math.hypot(e.clientX - down.x, e.clientY - down.y) < 14))
            return;
        if (!t.dragged)
            t.svg.setPointerCapture(e.pointerId);
        drag(t, down, e);
    });
    t.svg.addEventListener('pointercancel', () => {
        drop();
        drawLoop(t);
    });
    t.svg.addEventListener('pointerup', e => {
        if (!down)
            return;
        const dragged = t.dragged, at = down.at;
        drop();
        if (t !== current())
            player.all = false;
        const same = t === current();
        select(t.index);
        if (dragged)
            setLoop(dragged.first, dragged.last, true);
        else if (e.shiftKey && same) {
            const ends = [barAt(t, position()), barAt(t, at)].sort((a, b) => a - b);
            setLoop(ends[0], ends[1], true);
        } else
            play(clamp(toEighth(at), 0, t.finish - .01));
        if (dragged && (position() < t.loop.from || position() >= t.loop.to))
            seek(t.loop.from);
    });
}

/* ---- building ---- */

function buildFiles(t, find) {
    const abc = find('.abc'), midi = find('.save-midi'), text = find('.save-abc');
    abc.hidden = text.hidden = t.abc === null;
    midi.hidden = t.midi === null;
    find('pre').textContent = t.abc || '';
    find('.copy-abc').addEventListener('click', e => copy(t.abc, e.currentTarget));
    midi.addEventListener('click', () => save(`${t.name}.mid`, 'audio/midi', fromBase64(t.midi)));
    text.addEventListener('click', () => save(`${t.name}.abc`, 'text/vnd.abc', t.abc));
    find('.made').hidden = t.command === null;
    find('code').textContent = t.command || '';
    find('.copy-command').addEventListener('click', e => copy(t.command, e.currentTarget));
}

function hear(t) {
    if (t === current())
        return playOrPause();
    player.all = false;
    select(t.index);
    play(0);
}

function buildTune(t) {
    const article = t.article = byId('tune').content.firstElementChild.cloneNode(true);
    const find = what => article.querySelector(what);
    find('h2').textContent = tunes.length > 1 ? `${t.index + 1}. ${t.title}` : t.title;
    find('.about').textContent = t.about;
    if (t.sheet !== null) {
        article.classList.add('has-sheet');
        find('.sheet').hidden = false;
        find('img').alt = `Sheet music of ${t.title}`;
        find('img').src = `data:image/svg+xml;base64,${t.sheet}`;
    }
    t.svg = find('.roll svg');
    t.hear = find('.hear');
    t.hear.addEventListener('click', () => hear(t));
    buildFiles(t, find);
    listenToRoll(t);
    byId('tunes').append(article);
}

function buildIndex() {
    byId('index').hidden = false;
    for (const t of tunes) {
        const item = document.createElement('li'), button = t.entry = document.createElement('button');
        const lines = document.createElement('span');
        for (const [parent, tag, text] of [[button, 'i', `${t.index + 1}`], [lines, 'b', t.title], [lines, 'small', t.about]])
            parent.append(Object.assign(document.createElement(tag), {textContent: text}));
        button.type = 'button';
        button.append(lines);
        button.addEventListener('click', () => select(t.index, true));
        item.append(button);
        byId('index').firstElementChild.append(item);
    }
    byId('all').addEventListener('click', () => {
        player.all = true;
        select(0, true);
        play(0);
    });
}

const keys = {
    ' ': playOrPause, ArrowLeft: () => stepBar(-1), ArrowRight: () => stepBar(1), Home: () => seek(0),
    l: () => setLoop(current().loop.first, current().loop.last, !current().loop.on),
    m: () => toggleMute('click'), 1: () => toggleMute('melody'), 2: () => toggleMute('chords'),
    '+': () => transpose(1), '=': () => transpose(1), '-': () => transpose(-1), '−': () => transpose(-1),
    '<': () => setTempo(current().bpm - 4), '>': () => setTempo(current().bpm + 4),
    n: () => turnTo(1), p: () => turnTo(-1),
};

function turnTo(by) {
    const going = player.playing;
    if (player.tune + by < 0 || player.tune + by >= tunes.length)
        return;
    select(player.tune + by, true);
    if (going)
        play(0);
}

/* Keys that a control needs itself stay its own. */
function isTaken(e) {
    const on = e.target.closest('button, summary, select, input, textarea, pre, .sheet');
    if (e.ctrlKey || e.metaKey || e.altKey || !on)
        return !!on || e.ctrlKey || e.metaKey || e.altKey;
    if (e.key === ' ')
        return on.matches('button, summary, select');
    if (e.key.startsWith('Arrow') || e.key === 'Home')
        return on.matches('select, input, pre, .sheet');
    return on.matches('select, textarea');
}

function listen() {
    const on = (id, type, how) => byId(id).addEventListener(type, how);
    on('play', 'click', playOrPause);
    on('previous', 'click', () => turnTo(-1));
    on('next', 'click', () => turnTo(1));
    on('tempo', 'input', e => setTempo(+e.target.value));
    on('lower', 'click', () => transpose(-1));
    on('higher', 'click', () => transpose(1));
    on('loop', 'click', keys.l);
    on('part', 'change', e => {
        const [first, last] = e.target.value.split(' ').map(Number);
        setLoop(first, last, true);
        if (position() < current().loop.from)
            seek(current().loop.from);
    });
    for (const voice of ['melody', 'chords']) {
        on(voice, 'click', () => toggleMute(voice));
        on(`${voice}-level`, 'input', e => {
            player.level[voice] = e.target.value / 100;
            setLevels();
        });
    }
    on('voice', 'change', e => change(() => { player.voice = e.target.value; }));
    on('metronome', 'click', () => toggleMute('click'));
    on('more', 'click', e => {
        const open = byId('knobs').classList.toggle('open');
        e.currentTarget.setAttribute('aria-expanded', String(open));
    });
    /* The space bar is for playing after a click; the tab key still gets there. */
    document.addEventListener('mousedown', e => {
        if (e.target.closest('button'))
            e.preventDefault();
    });
    document.addEventListener('keydown', e => {
        const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
        if (!Object.hasOwn(keys, key) || isTaken(e))
            return;
        e.preventDefault();
        keys[key]();
    });
}

/* Again where the width has changed; the height follows from it. */
function watchWidth() {
    let width = 0;
    new ResizeObserver(() => {
        if (byId('tunes').clientWidth === width)
            return;
        width = byId('tunes').clientWidth;
        tunes.forEach(drawRoll);
    }).observe(byId('tunes'));
}

function build() {
    const single = tunes.length === 1;
    document.body.classList.toggle('single', single);
    setText(byId('title'), single ? tunes[0].title : data.title);
    setText(byId('about'), single ? tunes[0].about : `${tunes.length} tunes`);
    document.title = byId('title').textContent;
    tunes.forEach(buildTune);
    if (!tunes.length)
        return;
    byId('player').hidden = byId('keys').hidden = false;
    if (!single)
        buildIndex();
    listen();
    fillParts();
    show();
    watchWidth();
    tunes.forEach(drawRoll);
}

/* For the tests: what goes on. */
function loudness() {
    if (!sound.meter)
        return 0;
    const wave = new Float32Array(sound.meter.fftSize);
    sound.meter.getFloatTimeDomainData(wave);
    return Math.sqrt(wave.reduce((sum, v) => sum + v * v, 0) / wave.length);
}

build();
window.nott = {
    ready: true,
    get state() { return sound.context ? sound.context.state : 'none'; },
    get scheduled() { return player.scheduled; },
    get playing() { return player.playing; },
    get position() { return tunes.length ? position() : 0; },
    get tune() { return player.tune; },
    get tunes() { return tunes.length; },
    get speed() { return 60 * speed(); },
    get bpm() { return current().bpm; },
    get shift() { return current().shift; },
    get loop() { return {...current().loop}; },
    get finish() { return current().finish; },
    get muted() { return {...player.muted}; },
    get loudness() { return loudness(); },
};
})();
