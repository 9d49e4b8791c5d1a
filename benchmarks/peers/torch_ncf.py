#!/usr/bin/env python3
"""NeuMF in plain PyTorch, the way its users write it: the peer of the training benchmark.

Prints one JSON line. Two modes:

* speed (default): samples a second, the median over blocks. Only the optimiser step is timed (zero_grad, forward,
  backward, step); batches are drawn between the blocks, outside the clock, so that sampling costs the peer nothing.
* --epochs N with --data: trains N epochs over the file's pairs with fresh negatives in each, then ranks each user's
  held-out item against the file's negatives (HR@10, NDCG@10; ties count against the positive).

A batch holds groups of one positive and `--negatives` uniform negatives of the same user, none of them an item that
the user interacted with. Sampling is vectorised numpy. The model: GMF embeddings of `--factors`, MLP embeddings of
layers[0] / 2 each, ReLU layers, one output layer over both, binary cross-entropy with logits. Initial values have the
distributions of sommelier's own (see packages/ncf/src/engine/initial-parameters.ts).

DATA is little-endian uint32: users, items, pairs, tests, negatives a test; offsets [users + 1]; items [pairs];
test users [tests]; test positives [tests]; test negatives [tests x negatives a test].
"""

import argparse
import json
import math
import os
import resource
import statistics
import sys
import time

SPEED_BLOCKS = 5
POOL_SAMPLES = 1 << 20
REDRAWS = 64


def arguments():
    parser = argparse.ArgumentParser(description="NeuMF in plain PyTorch; prints one JSON line")
    parser.add_argument("--users", type=int, default=6040)
    parser.add_argument("--items", type=int, default=3706)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--optimizer", choices=["dense", "sparse"], default="dense")
    parser.add_argument("--seconds", type=float, default=5.0, help="measured time, shared among the blocks")
    parser.add_argument("--warm-seconds", type=float, default=1.0)
    parser.add_argument("--batches", type=int, help="measure so many batches a block instead of --seconds")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--factors", type=int, default=8)
    parser.add_argument("--layers", default="64,32,16,8")
    parser.add_argument("--negatives", type=int, default=4)
    parser.add_argument("--learning-rate", type=float, default=0.005)
    parser.add_argument("--init-sigma", type=float, default=0.05)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--data", help="pairs to train on; without it users and items are drawn uniformly")
    parser.add_argument("--epochs", type=int, default=0, help="train and rank instead of measuring speed")
    args = parser.parse_args()
    if args.epochs > 0 and args.data is None:
        parser.error("--epochs needs --data")
    return args


ARGS = arguments()
# Read when the libraries load, so they have to be there before the imports below.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(ARGS.threads)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402


class Pairs:
    """The positives, and negatives that avoid them."""

    def __init__(self, path, users, items):
        self.tests = None
        if path is None:
            self.users, self.items = users, items
            self.user_of = self.item_of = None
            return
        words = np.fromfile(path, dtype="<u4")
        self.users, self.items, pairs, tests, negatives = (int(word) for word in words[:5])
        ends = np.cumsum([5, self.users + 1, pairs, tests, tests, tests * negatives])
        if ends[-1] != len(words):
            raise SystemExit(f"{path}: {len(words)} words, but its header says {ends[-1]}")
        offsets, item_of, test_users, positives, test_negatives = (
            words[start:end].astype(np.int64) for start, end in zip(ends, ends[1:])
        )
        self.user_of = np.repeat(np.arange(self.users), np.diff(offsets))
        self.item_of = item_of
        self.keys = np.unique(self.user_of * self.items + self.item_of)
        self.tests = (test_users, positives, test_negatives.reshape(tests, negatives))

    def draw(self, random, count):
        """Users and items of `count` random positives."""
        if self.user_of is None:
            return random.integers(self.users, size=count), random.integers(self.items, size=count)
        chosen = random.integers(len(self.user_of), size=count)
        return self.user_of[chosen], self.item_of[chosen]

    def with_negatives(self, random, users, items, negatives):
        """Flat samples, each positive followed by its negatives: users, items, targets."""
        all_users = np.repeat(users, negatives + 1)
        all_items = random.integers(self.items, size=(len(users), negatives + 1))
        all_items[:, 0] = items
        all_items = all_items.reshape(-1)
        targets = np.zeros(len(all_users), dtype=np.float32)
        targets[:: negatives + 1] = 1
        if self.user_of is not None:
            self._redraw_known(random, all_users, all_items, targets)
        return all_users, all_items, targets

    def _redraw_known(self, random, users, items, targets):
        pending = np.flatnonzero(targets == 0)
        for _ in range(REDRAWS):
            keys = users[pending] * self.items + items[pending]
            found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            pending = pending[self.keys[found] == keys]
            if len(pending) == 0:
                return
            items[pending] = random.integers(self.items, size=len(pending))


class NeuMF(nn.Module):
    def __init__(self, users, items, factors, layers, sparse, sigma):
        super().__init__()
        width = layers[0] // 2
        self.user_gmf = nn.Embedding(users, factors, sparse=sparse)
        self.item_gmf = nn.Embedding(items, factors, sparse=sparse)
        self.user_mlp = nn.Embedding(users, width, sparse=sparse)
        self.item_mlp = nn.Embedding(items, width, sparse=sparse)
        self.tower = nn.Sequential()
        for index, (inputs, outputs) in enumerate(zip(layers, layers[1:])):
            self.tower.add_module(f"linear{index}", nn.Linear(inputs, outputs))
            self.tower.add_module(f"relu{index}", nn.ReLU(inplace=True))
        self.output = nn.Linear(factors + layers[-1], 1)
        self._initialise(factors, sigma)

    def _initialise(self, factors, sigma):
        for table in self.tables():
            nn.init.normal_(table.weight, std=sigma)
        for layer in self.tower:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=math.sqrt(2 / layer.in_features))
                nn.init.zeros_(layer.bias)
        bound = math.sqrt(6 / (self.output.in_features + 1))
        nn.init.uniform_(self.output.weight, -bound, bound)
        nn.init.zeros_(self.output.bias)
        with torch.no_grad():
            self.output.weight[:, :factors] = 1

    def tables(self):
        return [self.user_gmf, self.item_gmf, self.user_mlp, self.item_mlp]

    def dense_parameters(self):
        return [*self.tower.parameters(), *self.output.parameters()]

    def forward(self, users, items):
        gmf = self.user_gmf(users) * self.item_gmf(items)
        mlp = self.tower(torch.cat([self.user_mlp(users), self.item_mlp(items)], dim=1))
        return self.output(torch.cat([gmf, mlp], dim=1)).squeeze(1)


def adam(parameters, args):
    if args.device == "cuda":
        return torch.optim.Adam(parameters, lr=args.learning_rate, fused=True)
    return torch.optim.Adam(parameters, lr=args.learning_rate, foreach=False)


class Trainer:
    def __init__(self, args, pairs):
        self.args = args
        self.layers = [int(layer) for layer in args.layers.split(",")]
        sparse = args.optimizer == "sparse"
        self.model = NeuMF(pairs.users, pairs.items, args.factors, self.layers, sparse, args.init_sigma)
        self.model.to(args.device)
        if sparse:
            tables = [table.weight for table in self.model.tables()]
            self.optimizers = [
                torch.optim.SparseAdam(tables, lr=args.learning_rate),
                adam(self.model.dense_parameters(), args),
            ]
        else:
            self.optimizers = [adam(self.model.parameters(), args)]
        self.loss = nn.BCEWithLogitsLoss()

    def to_device(self, users, items, targets):
        return tuple(torch.from_numpy(array).to(self.args.device) for array in (users, items, targets))

    def step(self, users, items, targets):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(users, items), targets)
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss


def draw_pool(args, pairs, random, trainer):
    """Whole batches for one block, drawn outside the clock."""
    batches = max(4, min(256, POOL_SAMPLES // args.batch))
    groups = -(-batches * args.batch // (args.negatives + 1))
    samples = pairs.with_negatives(random, *pairs.draw(random, groups), args.negatives)
    return [
        trainer.to_device(*(array[start : start + args.batch] for array in samples))
        for start in range(0, batches * args.batch, args.batch)
    ]


def run_block(args, trainer, pool, seconds, batches):
    """Samples a second, over `batches` batches or until `seconds` have passed."""
    done = 0
    start = time.perf_counter()
    while True:
        trainer.step(*pool[done % len(pool)])
        done += 1
        if batches is not None and done < batches:
            continue
        if args.device == "cuda":
            torch.cuda.synchronize()
        elapsed = time.perf_counter() - start
        if batches is not None or elapsed >= seconds:
            return done * args.batch / elapsed


def measure_speed(args, pairs, trainer, random):
    batches = args.batches
    if batches is None and args.device == "cuda":
        # Without a number of batches every step would be waited for.
        rate = run_block(args, trainer, draw_pool(args, pairs, random, trainer), args.warm_seconds, None)
        batches = max(1, round(rate * args.seconds / SPEED_BLOCKS / args.batch))
    else:
        run_block(args, trainer, draw_pool(args, pairs, random, trainer), args.warm_seconds, None)
    rates = []
    for _ in range(SPEED_BLOCKS):
        pool = draw_pool(args, pairs, random, trainer)
        rates.append(run_block(args, trainer, pool, args.seconds / SPEED_BLOCKS, batches))
    return {
        "samplesPerSecond": statistics.median(rates),
        "blocks": rates,
        "timed": "the optimiser step alone; batches are drawn outside the clock",
    }


def train_epoch(args, pairs, trainer, random):
    order = random.permutation(len(pairs.user_of))
    samples = pairs.with_negatives(random, pairs.user_of[order], pairs.item_of[order], args.negatives)
    total, start = 0.0, time.perf_counter()
    for at in range(0, len(samples[0]), args.batch):
        batch = trainer.to_device(*(array[at : at + args.batch] for array in samples))
        total += trainer.step(*batch).item() * len(batch[0])
    return total / len(samples[0]), time.perf_counter() - start


def rank_tests(args, pairs, trainer):
    users, positives, negatives = pairs.tests
    if len(users) == 0:
        return {}
    candidates = np.concatenate([positives[:, None], negatives], axis=1)
    ranks = []
    with torch.no_grad():
        for at in range(0, len(users), 1024):
            items = candidates[at : at + 1024]
            flat_users = torch.from_numpy(np.repeat(users[at : at + 1024], items.shape[1])).to(args.device)
            scores = trainer.model(flat_users, torch.from_numpy(items.reshape(-1)).to(args.device))
            scores = scores.reshape(items.shape).cpu().numpy()
            ranks.append(1 + (scores[:, 1:] >= scores[:, :1]).sum(axis=1))
    ranks = np.concatenate(ranks)
    gains = np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0)
    return {"hr10": float((ranks <= 10).mean()), "ndcg10": float(gains.mean())}


def measure_quality(args, pairs, trainer, random):
    epochs = [train_epoch(args, pairs, trainer, random) for _ in range(args.epochs)]
    return {
        "losses": [loss for loss, _ in epochs],
        "trainingSeconds": sum(seconds for _, seconds in epochs),
        **rank_tests(args, pairs, trainer),
    }


def blas_libraries():
    """The shared objects of a BLAS that this process has mapped, as /proc names them."""
    try:
        with open("/proc/self/maps", encoding="utf8") as maps:
            paths = {line.split()[-1] for line in maps if "/" in line}
    except OSError:
        return []
    return sorted(os.path.realpath(path) for path in paths if "blas" in os.path.basename(path))


def main():
    args = ARGS
    torch.set_num_threads(args.threads)
    # Tables that stop moving fill Adam's moments with subnormal numbers, which are slow: spare the peer that.
    torch.set_flush_denormal(True)
    torch.manual_seed(args.seed)
    random = np.random.default_rng(args.seed)
    pairs = Pairs(args.data, args.users, args.items)
    trainer = Trainer(args, pairs)
    measure = measure_quality if args.epochs > 0 else measure_speed
    result = {
        "engine": f"torch-{args.optimizer}",
        **measure(args, pairs, trainer, random),
        "batch": args.batch,
        "threads": args.threads,
        "users": pairs.users,
        "items": pairs.items,
        "peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "versions": {
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": sys.version.split()[0],
            "blas": blas_libraries(),
            "device": torch.cuda.get_device_name() if args.device == "cuda" else "cpu",
        },
    }
    print(json.dumps(result))


main()
