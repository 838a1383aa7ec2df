#!/usr/bin/env python3
"""Answers questions about designs from the executable specification: one JSON object a line in, one a line out."""
import json, sys
from ref_model import *

def text(states, order):
    return "".join(str(states[c]) for c in order)

def answer(m, ask):
    I = PESS if ask.get("may") else OPT
    if "events" in ask:
        f, seconds = ask.get("flow"), ask["seconds"]
        x = m.lfp(ask["events"], I, f, seconds)
        got = {"states": text(x, m.order), "stuck": list(m.recover(x, I, f))}
        if f is not None: got["outcome"] = m.flow_outcome(f, x, I, seconds)[0]
        return got
    if "black_start" in ask: return list(m.black_start(I))
    if "load" in ask:
        x = {c: DOWN if c in ask["load"] else UP for c in m.order}
        return [m.load(c, x, amp=ask["amplified"]) for c in m.order]
    if "wait" in ask: return [m.worst_time(c) for c in m.order]
    if "horizon" in ask: return [m.horizon(c) for c in m.order]
    if "amplification" in ask:
        if not m.topo(m.load_edges())[2]: return None
        got = m.amplification(ask["amplification"])
        return [got[c][2] if c in got else None for c in m.order]
    if "cuts" in ask: return [sorted(s) for s in m.cutsets(ask["flow"], ask["cuts"], I=I)]
    if "availability" in ask: return list(m.availability(ask["availability"])[:3])
    raise ValueError(ask)

for line in sys.stdin:
    case = json.loads(line)
    m = Model(case["design"])
    print(json.dumps([answer(m, ask) for ask in case["asks"]], separators=(",", ":")))
