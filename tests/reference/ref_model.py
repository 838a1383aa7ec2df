#!/usr/bin/env python3
"""The failure model as an executable specification: what `tests/oracle.rs` compares every answer with.

Written for reading, not for speed: states are found by iterating the definition over the whole design until nothing
changes. `answer.py` puts questions to it.
"""
import itertools, math, random, sys
from fractions import Fraction as Q
try:
    import yaml          # only to read designs from text; the tests hand over JSON
except ImportError:
    yaml = None

UP, DEG, DOWN, HUNG = 0, 1, 2, 3
NAMES = ["up", "degraded", "down", "hung"]
OPT, PESS = "opt", "pess"
UNK = object()          # attribute absent from the file (open world)

def dur(v):
    if v is None or v is UNK: return v
    if isinstance(v, (int, float)): return float(v)
    for suf, m in (("ms", .001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)):
        if v.endswith(suf) and v[:-len(suf)].replace(".", "").isdigit():
            return float(v[:-len(suf)]) * m
    raise ValueError(v)

def num(v):
    if v is None or v is UNK: return v
    if isinstance(v, (int, float)): return float(v)
    v = v.strip()
    if v.endswith("%"): return float(v[:-1]) / 100
    if v.endswith("rps"): return float(v[:-3])
    return float(v)

NONE = ("none", False, "no", 0, "off")

def att(d, k):
    """three-valued read: UNK (absent/todo) | None (declared none) | value"""
    if k not in d: return UNK
    v = d[k]
    if v in ("todo", "unknown", "?"): return UNK
    if v is None or v in NONE: return None
    return v

class Edge:
    def __init__(s, src, dst, spec, kinds):
        if spec is None: spec = {}
        if isinstance(spec, str): spec = {"soft": {"need": "soft"}, "hard": {"need": "hard"},
                                          "async": {"mode": "async"}}[spec]
        s.src, s.dst, s.raw = src, dst, spec
        dk = kinds.get(dst)
        s.mode = spec.get("mode", "async" if spec.get("outbox") else "sync")
        s.need = spec.get("need", "soft" if dk in ("cache", "monitoring") or s.mode == "async" else "hard")
        s.phase = spec.get("phase", "run")
        s.timeout = att(spec, "timeout"); s.timeout = dur(s.timeout) if s.timeout not in (UNK, None) else s.timeout
        r = att(spec, "retries")
        s.retries, s.backoff, s.budget = 0, 0.0, None
        if isinstance(r, dict):
            s.retries = int(r.get("max", 0)); s.backoff = dur(r.get("wait", 0)); s.budget = num(r.get("budget"))
        elif r not in (UNK, None): s.retries = int(r)
        s.attempts = 1 + s.retries
        s.fallback = att(spec, "fallback")
        s.buffer = dur(spec.get("buffer"))
        if spec.get("outbox") and s.buffer is None: s.buffer = float("inf")
        s.bulkhead = att(spec, "bulkhead")
        s.calls = float(spec.get("calls", 1))
        s.pool = att(spec, "pool")
        s.flows = set(spec["flows"]) if "flows" in spec else None
        s.role = spec.get("role")
        s.breaker = att(spec, "breaker")

class Model:
    def __init__(m, doc):
        if isinstance(doc, str): doc = yaml.safe_load(doc)
        m.doc = doc
        comps = {k: (v or {}) for k, v in doc["components"].items()}
        m.c = comps
        m.kind = {k: v.get("kind", "service") for k, v in comps.items()}
        m.order = list(comps)
        m.edges, m.groups = [], []
        for k, v in comps.items():
            u = v.get("uses", {})
            if isinstance(u, list): u = {x: {} for x in u}
            for d, spec in u.items(): m.edges.append(Edge(k, d, spec, m.kind))
            for name, g in (v.get("one_of") or {}).items():
                if isinstance(g, list): g = {"of": g}
                of = g["of"]
                if isinstance(of, list): of = {x: {} for x in of}
                es = [Edge(k, d, sp, m.kind) for d, sp in of.items()]
                m.groups.append((k, name, int(g.get("need", 1)), es, g.get("failover", "automatic")))
        m.flows = doc.get("flows", {})
        m.out = {k: [] for k in comps}
        for e in m.edges: m.out[e.src].append(e)

    # ---------- domains / own state
    def zones(m, c):
        z = m.c[c].get("zones")
        return list(z) if z else None
    def replicas(m, c, I):
        r = att(m.c[c], "replicas")
        if r is UNK: return None
        return 1 if r is None else int(r)
    def own(m, c, events, I):
        n = m.replicas(c, I)
        if n is not None: return m.own_n(c, events, I, n)
        ns = range(1, 2 * len(m.zones(c) or [0]) + 2)     # replicas absent: best / worst over every count
        return (min if I == OPT else max)(m.own_n(c, events, I, k) for k in ns)
    def own_n(m, c, events, I, n):
        st = UP
        d = m.c[c]
        for ev in events:
            k, x = ev.split(":")
            if k == "stop" and x == c: st = max(st, DOWN)
            elif k == "hang" and x == c: st = max(st, HUNG)
            elif k == "vendor" and d.get("vendor") == x: st = max(st, DOWN)
            elif k == "region" and d.get("region") == x: st = max(st, DOWN)
            elif k in ("zone", "instance"):
                if d.get("managed"): continue
                if k == "instance":
                    if x != c: continue
                    lost = 1
                else:
                    zs = m.zones(c)
                    if zs is None:
                        if I == PESS and m.kind[c] not in ("external", "client", "cdn", "dns"):
                            st = max(st, DOWN)    # may: could all sit in that zone
                        continue
                    if x not in zs: continue
                    nn = max(n, 1); i = zs.index(x)
                    lost = nn // len(zs) + (1 if i < nn % len(zs) else 0)
                alive = n - lost
                need = n // 2 + 1 if d.get("replication") == "quorum" else 1
                if lost == 0: continue
                if alive < need: st = max(st, DOWN)
                elif m.kind[c] in ("database", "cache", "queue", "stream") and d.get("replication") != "quorum":
                    fo = att(d, "failover")
                    if fo == "automatic": st = max(st, DEG)
                    elif fo is UNK: st = max(st, DEG if I == OPT else DOWN)
                    else: st = max(st, DOWN)
        return st
    def alive_share(m, c, events):
        n = m.replicas(c, OPT) or 1
        lost = 0
        for ev in events:
            k, x = ev.split(":")
            if k == "instance" and x == c: lost += 1
            if k == "zone":
                zs = m.zones(c)
                if zs and x in zs and not m.c[c].get("managed"):
                    i = zs.index(x); lost += n // len(zs) + (1 if i < n % len(zs) else 0)
        return max(0, n - lost) / n

    # ---------- load
    def active(m, e, f):
        if f is None: return True
        if e.flows is not None: return f in e.flows
        return True
    def on_path(m, e, f):
        """soft edges off the path of f count only for hangs"""
        if f is None: return True
        return e.dst in m.flows[f]["path"] or (e.flows is not None and f in e.flows) or e.need == "hard"
    def is_consume(m, e):
        return m.kind.get(e.dst) in ("queue", "stream") and (e.role == "consume" or (e.role is None and m.kind[e.src] in ("worker", "job")))
    def load_edges(m):
        L = []
        for e in m.edges:
            if e.phase != "run": continue
            if m.is_consume(e): L.append((e.dst, e.src, 1.0, e))
            else: L.append((e.src, e.dst, e.calls, e))
        for (s, name, k, es, fo) in m.groups:
            for e in es: L.append((s, e.dst, e.calls, (e, name)))
        return L
    def topo(m, L):
        succ = {c: [] for c in m.order}; ind = {c: 0 for c in m.order}
        for (a, b, k, e) in L: succ[a].append((b, k, e)); ind[b] += 1
        q = [c for c in m.order if ind[c] == 0]; out = []
        while q:
            c = q.pop(0); out.append(c)
            for (b, k, e) in succ[c]:
                ind[b] -= 1
                if ind[b] == 0: q.append(b)
        return out, succ, len(out) == len(m.order)
    def load(m, c_target, x, when="now", amp=False):
        """exogenous demand per flow over the edges that flow uses; monotone in x"""
        L = m.load_edges(); order, succ, dag = m.topo(L)
        grp = {(s, name): es for (s, name, k, es, fo) in m.groups}
        total = 0.0
        for f in list(m.flows) + [None]:
            lam = {c: 0.0 for c in m.order}
            if f is None:
                for c, d in m.c.items():
                    if "load" in d: lam[c] += num(d["load"])
            else:
                r = m.flows[f].get("rate")
                if r is None: continue
                lam[m.flows[f]["path"][0]] += num(r.get(when) if isinstance(r, dict) else r)
            for c in order:
                for (b, k, e) in succ[c]:
                    add = lam[c] * k
                    if isinstance(e, tuple):
                        e, name = e
                        if e.flows is not None and f not in e.flows: continue
                        healthy = [z for z in grp[(c, name)] if x[z.dst] < DOWN or z is e]
                        add = lam[c] * k / len(healthy)
                    else:
                        if e.flows is not None and f not in e.flows: continue
                        for h, hd in m.c.items():      # cache in front of b used by c
                            if m.kind[h] == "cache" and hd.get("of") == b and any(z.src == c and z.dst == h for z in m.edges):
                                if x[h] < DOWN: add *= 1 - num(hd.get("hit_ratio", 0))
                    if amp: add *= (1 + e.budget) if e.budget else e.attempts
                    lam[b] += add
                for e in m.out[c]:                     # fallback shift
                    if e.flows is not None and f not in e.flows: continue
                    if isinstance(e.fallback, dict) and "to" in e.fallback and x[e.dst] >= DOWN:
                        lam[e.fallback["to"]] += lam[c] * e.calls
            total += lam[c_target]
        return total
    def overload(m, c, x, events, I, when="now", amp=False):
        cap = num(m.c[c]["capacity"]) if "capacity" in m.c[c] else None
        if cap is None:
            if I == PESS and any(m.kind[h] == "cache" and hd.get("of") == c and x[h] >= DOWN for h, hd in m.c.items()):
                return DEG if att(m.c[c], "load_shedding") not in (UNK, None) else DOWN
            return UP
        cap *= m.alive_share(c, events)
        l = m.load(c, x, when, amp)
        if l <= cap * (1 + 1e-9): return UP
        return DEG if att(m.c[c], "load_shedding") not in (UNK, None) else DOWN

    # ---------- edge effects
    def unbounded(m, e, I):
        """does a hang of the target block the source?"""
        if e.bulkhead not in (UNK, None): return False
        if e.timeout is None: return True
        if e.timeout is UNK: return I == PESS
        w = att(m.c[e.src], "workers"); n = m.replicas(e.src, I)
        if w not in (UNK, None):
            lam = m.load(e.src, {c: UP for c in m.order}) * e.calls
            if lam * e.timeout * e.attempts > float(w) * (n or 1): return True
        return False
    def hard(m, e, v, I):
        if v == HUNG: return HUNG if m.unbounded(e, I) else DOWN
        return v
    def eff(m, e, x, I, f, dur_s):
        r = m.eff_(e, x, I, f, dur_s)
        if e.need != "soft" or e.mode == "async" or r in (UP, HUNG): return r
        return DEG if m.on_path(e, f) else UP
    def eff_(m, e, x, I, f, dur_s):
        v = x[e.dst]
        if e.mode == "async":
            if v < DOWN: return UP
            H = e.buffer
            ok = (H is not None and dur_s <= H) or (H is None and I == OPT)
            return UP if ok else (DOWN if e.need == "hard" else DEG)
        if m.is_consume(e):
            return m.hard(e, v, I) if v >= DOWN else UP
        if e.fallback == "stale" or (isinstance(e.fallback, dict) and "stale_for" in e.fallback):
            H = dur(e.fallback["stale_for"]) if isinstance(e.fallback, dict) else None
            base = m.hard(e, v, I)
            if v < DOWN or base == HUNG: return base
            ok = (H is not None and dur_s <= H) or (H is None and I == OPT)
            return DEG if ok else base
        soft_value = e.need == "soft" or (e.fallback not in (UNK, None) and not isinstance(e.fallback, dict))
        if isinstance(e.fallback, dict) and "to" in e.fallback:
            base = m.hard(e, v, I)
            if v < DOWN or base == HUNG: return base
            fb = e.fallback["to"]
            return min(base, max(DEG, x[fb] if x[fb] < HUNG else DOWN))
        if soft_value:
            if v == HUNG and m.unbounded(e, I): return HUNG
            if not m.on_path(e, f): return UP
            return UP if v < DOWN else DEG
        return m.hard(e, v, I)
    def F(m, x, events, I, f=None, dur_s=3600, extra=None, when="now"):
        y = {}
        for c in m.order:
            st = m.own(c, events, I)
            for e in m.out[c]:
                if e.phase == "run" and m.active(e, f): st = max(st, m.eff(e, x, I, f, dur_s))
            for (s, name, k, es, fo) in m.groups:
                if s != c: continue
                vals = sorted(m.hard(e, x[e.dst], I) for e in es)
                v = vals[k - 1]
                if fo == "manual" and any(t >= DOWN for t in vals[:]) and m.hard(es[0], x[es[0].dst], I) >= DOWN: v = max(v, DOWN)
                st = max(st, v)
            st = max(st, m.overload(c, x, events, I, when))
            if extra: st = max(st, extra[c])
            y[c] = st
        return y
    def lfp(m, events, I=OPT, f=None, dur_s=3600, extra=None, when="now"):
        x = {c: UP for c in m.order}
        while True:
            y = m.F(x, events, I, f, dur_s, extra, when)
            y = {c: max(x[c], y[c]) for c in m.order}
            if y == x: return x
            x = y
    def lfp_chaotic(m, events, I=OPT, f=None, dur_s=3600, rng=random):
        x = {c: UP for c in m.order}
        while True:
            cs = m.order[:]; rng.shuffle(cs); ch = False
            for c in cs:
                v = max(x[c], m.F(x, events, I, f, dur_s)[c])
                if v != x[c]: x[c] = v; ch = True
            if not ch: return x

    # ---------- flows
    def covered(m, a, b):
        return any(e.src == a and e.dst == b and e.phase == "run" for e in m.out[a]) or \
               any(g == a and any(e.dst == b for e in es) for (g, n, k, es, fo) in m.groups) or \
               any(e.src == a and isinstance(e.fallback, dict) and e.fallback.get("to") == b for e in m.out[a])
    def legs(m, f):
        """path -> [(component, queue or None)] that contribute directly; the rest is covered by edges"""
        out, seen, q = [], [], None
        for c in m.flows[f]["path"]:
            if not any(m.covered(p, c) for p in seen): out.append((c, q))
            seen.append(c)
            if m.kind[c] in ("queue", "stream"): q, seen = c, [c]
        return out
    def flow_outcome(m, f, x, I=OPT, dur_s=3600):
        out, why = UP, None
        for c, q in m.legs(f):
            v = x[c]
            if q is not None and v >= DOWN:
                H = m.horizon(q, f)
                ok = (H is not None and dur_s <= H) or (H is None and I == OPT)
                v = DEG if ok else DOWN
            if v > out: out, why = v, c
        return ["ok", "degraded", "failed", "failed"][out], why
    def horizon(m, q, f=None):
        d = m.c[q]; hs = []
        if "retention" in d: hs.append(dur(d["retention"]))
        if "max_length" in d:
            l = m.load(q, {c: UP for c in m.order})
            if l: hs.append(num(d["max_length"]) / l)
        return min(hs) if hs else None

    # ---------- recovery / black start
    def start_edges(m):
        es = [e for e in m.edges if e.phase == "start"]
        for h, hd in m.c.items():
            if m.kind[h] == "cache" and hd.get("of") and not hd.get("persist") and not hd.get("warmup"):
                es.append(Edge(h, hd["of"], {"phase": "start", "timeout": "1s"}, m.kind))
        return es
    def recover(m, x_s, I=OPT, f=None, black=False, when="now"):
        y = dict(x_s); se = m.start_edges()
        while True:
            B = {}
            for c in m.order:
                b = UP
                if x_s[c] >= DOWN:
                    for e in se:
                        if e.src == c and y[e.dst] >= DOWN: b = max(b, DOWN)
                    if not black and y[c] >= DOWN:
                        b = max(b, m.overload(c, y, [], I, when, amp=True))
                B[c] = b
            # caches still cold count as down for the load on their store
            z = m.lfp([], I, f, 0, extra=B, when=when)
            y2 = {c: min(y[c], z[c]) for c in m.order}
            if y2 == y: return {c: y[c] for c in m.order if y[c] >= DOWN}
            y = y2
    def black_start(m, I=OPT):
        x = {c: (UP if m.kind[c] == "external" else DOWN) for c in m.order}
        return m.recover(x, I, black=True)

    # ---------- cut sets
    def events(m, zones=True):
        ev = ["stop:" + c for c in m.order if m.kind[c] != "client"]
        if zones:
            zs = sorted({z for c in m.order for z in (m.zones(c) or [])})
            ev += ["zone:" + z for z in zs]
            vs = sorted({d["vendor"] for d in m.c.values() if "vendor" in d})
            ev += ["vendor:" + v for v in vs]
        return ev
    def cutsets(m, f, k=2, zones=True, I=OPT, ev=None):
        ev = ev or m.events(zones); cuts = []
        for r in range(1, k + 1):
            for S in itertools.combinations(ev, r):
                if any(set(c) <= set(S) for c in cuts): continue
                if m.flow_outcome(f, m.lfp(list(S), I, f), I)[0] == "failed": cuts.append(S)
        return cuts

    # ---------- D(c): order-1 dominator sets by dataflow (no load coupling)
    def domsets(m):
        D = {c: {c} for c in m.order}
        while True:
            ch = False
            for c in m.order:
                s = {c}
                for e in m.out[c]:
                    if e.phase != "run" or e.mode == "async": continue
                    if isinstance(e.fallback, dict) and "to" in e.fallback: s |= D[e.dst] & D[e.fallback["to"]]
                    elif e.need == "hard" and e.fallback in (UNK, None): s |= D[e.dst]
                for (g, name, k, es, fo) in m.groups:
                    if g != c: continue
                    cnt = {}
                    for e in es:
                        for z in D[e.dst]: cnt[z] = cnt.get(z, 0) + 1
                    s |= {z for z, n in cnt.items() if n >= len(es) - k + 1}
                if s != D[c]: D[c] = s; ch = True
            if not ch: return D

    # ---------- bottom-up truncated MCS algebra (no load coupling)
    def mcs_algebra(m, f, k):
        def mini(S):
            out = []
            for s in sorted(S, key=len):
                if not any(t <= s for t in out): out.append(s)
            return set(out)
        def OR(a, b): return mini(a | b)
        def AND(a, b): return mini({s | t for s in a for t in b if len(s | t) <= k})
        C = {c: {frozenset([c])} for c in m.order}
        while True:
            ch = False
            for c in m.order:
                s = {frozenset([c])}
                for e in m.out[c]:
                    if e.phase != "run" or e.mode == "async": continue
                    if isinstance(e.fallback, dict) and "to" in e.fallback: s = OR(s, AND(C[e.dst], C[e.fallback["to"]]))
                    elif e.need == "hard" and e.fallback in (UNK, None): s = OR(s, C[e.dst])
                for (g, name, kk, es, fo) in m.groups:
                    if g != c: continue
                    t = set()
                    for sub in itertools.combinations(es, len(es) - kk + 1):
                        p = {frozenset()}
                        for e in sub: p = AND(p, C[e.dst])
                        t |= p
                    s = OR(s, mini(t))
                if s != C[c]: C[c] = s; ch = True
            if not ch: break
        top = set()
        for c, q in m.legs(f):
            if q is None: top = OR(top, C[c])
        return top

    # ---------- availability
    def availability(m, f, k=3):
        q = {c: 1 - Q(str(num(d["availability"]))) for c, d in m.c.items() if "availability" in d}
        ev = ["stop:" + c for c in q]
        cuts = [frozenset(s.split(":")[1] for s in S) for S in m.cutsets(f, k, zones=False, ev=ev)]
        singles = [next(iter(c)) for c in cuts if len(c) == 1]
        best = 1 - max([q[c] for c in singles], default=Q(0))
        worst = max(Q(0), 1 - sum(min(q[c] for c in S) for S in cuts))
        names = sorted({c for S in cuts for c in S}); p = Q(0)
        for bits in itertools.product([0, 1], repeat=len(names)):
            dead = {n for n, b in zip(names, bits) if b}
            if any(S <= dead for S in cuts):
                t = Q(1)
                for n, b in zip(names, bits): t *= q[n] if b else 1 - q[n]
                p += t
        return float(worst), float(1 - p), float(best), cuts

    # ---------- calls / retries
    def amplification(m, entry, when=None):
        def run(attempts):
            n = {c: 0.0 for c in m.order}; n[entry] = 1.0
            L = [(a, b, k, e) for (a, b, k, e) in m.load_edges()]
            order, succ, dag = m.topo(L); assert dag
            for c in order:
                for (b, k, e) in succ[c]:
                    ee = e[0] if isinstance(e, tuple) else e
                    a = ((1 + ee.budget) if ee.budget else ee.attempts) if attempts else 1
                    n[b] += n[c] * k * a
            return n
        b, w = run(False), run(True)
        return {c: (b[c], w[c], w[c] / b[c]) for c in m.order if b[c]}
    def worst_time(m, c):
        """worst time c may spend waiting on serial sync hard/soft calls with declared timeouts"""
        t = 0.0
        for e in m.out[c]:
            if e.phase == "run" and e.mode == "sync" and e.timeout not in (UNK, None):
                w = e.attempts * e.timeout + sum(e.backoff * 2 ** i for i in range(e.retries))
                t += w * e.calls if e.calls > 1 else w
        return t
