#!/usr/bin/env python3
"""Exact top 10 with NeuMF in plain PyTorch: the peer of the scoring benchmark.

Prints one JSON line: CPU milliseconds of each call, with one thread, in three forms:

* whole: the network as it is written, for the user beside every item;
* split: the first layer's item half is computed before the clock starts, its user half once a call;
* batch: the split form for 64 users, a call for all of them.

Each form goes through the items in blocks; the fastest of several block sizes is the one that is measured. The
parameters have the distributions of the benchmark's own (made-up-parameters.ts).
"""

import argparse
import json
import os
import sys
import time

BATCH = 64
N = 10


def arguments():
    parser = argparse.ArgumentParser(description="exact top 10 in plain PyTorch; prints one JSON line")
    parser.add_argument("--items", type=int, default=235_061)
    parser.add_argument("--factors", type=int, default=8)
    parser.add_argument("--layers", default="64,32,16,8")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    args.layers = [int(width) for width in args.layers.split(",")]
    return args


ARGS = arguments()
# Read when the libraries load, so they have to be there before the imports below.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import torch  # noqa: E402
from torch import nn  # noqa: E402


def uniform(*shape, scale=1.0):
    return (torch.rand(*shape) * 2 - 1) * scale


class Network:
    def __init__(self, items, factors, layers):
        width = layers[0] // 2
        self.user_gmf, self.item_gmf = uniform(BATCH, factors), uniform(items, factors)
        self.user_mlp, self.item_mlp = uniform(BATCH, width), uniform(items, width)
        self.maps = [nn.Linear(inputs, outputs) for inputs, outputs in zip(layers, layers[1:])]
        self.output = nn.Linear(factors + layers[-1], 1)
        for layer in [*self.maps, self.output]:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.uniform_(layer.bias, -0.1, 0.1)
        first = self.maps[0].weight
        self.first_user, item_half = first[:, :width], first[:, width:]
        self.item_half = self.item_mlp @ item_half.T
        self.rest = [(layer.weight.T.contiguous(), layer.bias) for layer in self.maps[1:]]
        self.out_gmf = self.output.weight[0, :factors]
        self.out_mlp = self.output.weight[0, factors:].contiguous()
        self.items = items

    def whole(self, user, block):
        logits = torch.empty(self.items)
        for start in range(0, self.items, block):
            items = slice(start, min(start + block, self.items))
            count = items.stop - start
            x = torch.cat([self.user_mlp[user].expand(count, -1), self.item_mlp[items]], 1)
            for layer in self.maps:
                x = torch.relu_(layer(x))
            x = torch.cat([self.user_gmf[user] * self.item_gmf[items], x], 1)
            logits[items] = self.output(x).view(-1)
        return torch.topk(logits, N)

    def tower(self, x):
        for weight, bias in self.rest:
            x = torch.relu_(torch.addmm(bias, x, weight))
        return x

    def split(self, user, block):
        half = self.maps[0].bias + self.first_user @ self.user_mlp[user]
        weighted = self.out_gmf * self.user_gmf[user]
        logits = torch.empty(self.items)
        for start in range(0, self.items, block):
            items = slice(start, min(start + block, self.items))
            x = self.tower(torch.relu_(self.item_half[items] + half))
            part = logits[items]
            torch.addmv(self.output.bias, self.item_gmf[items], weighted, out=part)
            part.addmv_(x, self.out_mlp)
        return torch.topk(logits, N)

    def batch(self, _, block):
        half = self.maps[0].bias + self.user_mlp @ self.first_user.T
        weighted = self.user_gmf * self.out_gmf
        logits = torch.empty(BATCH, self.items)
        for start in range(0, self.items, block):
            items = slice(start, min(start + block, self.items))
            x = torch.relu_(self.item_half[items] + half[:, None])
            x = self.tower(x.view(-1, x.shape[-1])) @ self.out_mlp
            logits[:, items] = torch.addmm(self.output.bias, weighted, self.item_gmf[items].T).add_(
                x.view(BATCH, -1)
            )
        return torch.topk(logits, N)


def timed(work, user, block):
    start = time.process_time()
    work(user, block)
    return (time.process_time() - start) * 1000


def fastest_block(work, items, sizes):
    """The block size with the least time of three calls; of one where a call takes seconds."""
    best = None
    for size in sorted({min(size, items) for size in sizes}):
        times = [timed(work, 0, size)]
        if times[0] < 2000:
            times += [timed(work, call, size) for call in (1, 2)]
        if best is None or min(times) < best[0]:
            best = (min(times), size)
    return best


def measure(work, seconds, block, first):
    """The search for the block size was the warm-up; a form whose call takes longer than that is called once."""
    if first > seconds * 1000:
        return [timed(work, 1, block)]
    times = []
    while sum(times) < seconds * 1000:
        times.append(timed(work, len(times) % BATCH, block))
    return times


def blas_libraries():
    """The shared objects of a BLAS that this process has mapped, as /proc names them."""
    try:
        with open("/proc/self/maps", encoding="utf8") as maps:
            paths = {line.split()[-1] for line in maps if "/" in line}
    except OSError:
        return []
    return sorted(os.path.realpath(path) for path in paths if "blas" in os.path.basename(path))


def main():
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(ARGS.seed)
    result = {"blocks": {}}
    with torch.inference_mode():
        network = Network(ARGS.items, ARGS.factors, ARGS.layers)
        sizes = [1024, 4096, 16_384, 65_536, 262_144]
        for form, work, tried in [
            ("whole", network.whole, sizes),
            ("split", network.split, sizes),
            ("batch", network.batch, [16, 64, 256, 1024]),
        ]:
            first, block = fastest_block(work, ARGS.items, tried)
            result["blocks"][form] = block
            result[form] = measure(work, ARGS.seconds, block, first)
    result["versions"] = {
        "torch": torch.__version__,
        "python": sys.version.split()[0],
        "blas": blas_libraries(),
    }
    print(json.dumps(result))


main()
