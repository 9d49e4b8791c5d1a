#!/usr/bin/env python3
"""Recommendations from Flask: the Python peers of the serving benchmark.

Two kinds, both with NeuMF of the given shape (made-up weights), on /topN=<n>for_user=<user>:

* seed: a request does all of the original system's steps: it loads the id mappings and the weights from their files,
  scores the user with every item in batches of 4,096 through the whole network, and sorts a pandas data frame.
* torch: everything is loaded once, the item half of the first layer is computed once, a request's items go through the
  rest of the network in blocks, and torch.topk finds the best.

Served by waitress with two threads where it is installed, by Flask's development server with a thread a request
otherwise; PyTorch has one thread a request. Prints a line of JSON when it listens.
"""

import argparse
import json
import os
import socket

BATCH = 4096
BLOCK = 16_384
THREADS = 2


def arguments():
    parser = argparse.ArgumentParser(description="top N from Flask and PyTorch")
    parser.add_argument("kind", choices=["seed", "torch"])
    parser.add_argument("--users", type=int, default=6040)
    parser.add_argument("--items", type=int, default=3706)
    parser.add_argument("--factors", type=int, default=8)
    parser.add_argument("--layers", default="64,32,16,8")
    parser.add_argument("--folder", required=True, help="where the mappings and the weights are kept")
    args = parser.parse_args()
    args.layers = [int(width) for width in args.layers.split(",")]
    return args


ARGS = arguments()
# Read when the libraries load, so they have to be there before the imports below.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import torch  # noqa: E402
from flask import Flask, jsonify  # noqa: E402
from torch import nn  # noqa: E402

WEIGHTS = os.path.join(ARGS.folder, "weights.pt")
MAPPINGS = os.path.join(ARGS.folder, "mappings.json")


class NeuMF(nn.Module):
    def __init__(self, users, items, factors, layers):
        super().__init__()
        width = layers[0] // 2
        self.user_gmf, self.item_gmf = nn.Embedding(users, factors), nn.Embedding(items, factors)
        self.user_mlp, self.item_mlp = nn.Embedding(users, width), nn.Embedding(items, width)
        self.maps = nn.ModuleList(nn.Linear(a, b) for a, b in zip(layers, layers[1:]))
        self.output = nn.Linear(factors + layers[-1], 1)

    def forward(self, user, item):
        x = torch.cat([self.user_mlp(user), self.item_mlp(item)], 1)
        for layer in self.maps:
            x = torch.relu(layer(x))
        return self.output(torch.cat([self.user_gmf(user) * self.item_gmf(item), x], 1)).view(-1)


def new_model():
    return NeuMF(ARGS.users, ARGS.items, ARGS.factors, ARGS.layers)


def save_files():
    torch.save(new_model().state_dict(), WEIGHTS)
    mappings = {
        "users": {f"u{index:06d}": index for index in range(ARGS.users)},
        "items": {f"i{index:06d}": index for index in range(ARGS.items)},
    }
    with open(MAPPINGS, "w", encoding="utf8") as file:
        json.dump(mappings, file)


def load_mappings():
    with open(MAPPINGS, encoding="utf8") as file:
        return json.load(file)


def load_model():
    model = new_model()
    model.load_state_dict(torch.load(WEIGHTS))
    return model.eval()


def seed_steps():
    import pandas as pd

    def recommend(user_id, n):
        mappings = load_mappings()
        model = load_model()
        user = mappings["users"][user_id]
        items = torch.arange(len(mappings["items"]))
        scores = []
        with torch.no_grad():
            for batch in items.split(BATCH):
                scores.append(model(torch.full_like(batch, user), batch))
        frame = pd.DataFrame({"itemId": list(mappings["items"]), "score": torch.cat(scores).numpy()})
        best = frame.sort_values("score", ascending=False).head(n)
        return [(row.itemId, float(row.score)) for row in best.itertuples()]

    return recommend


def loaded_once():
    mappings = load_mappings()
    item_ids = list(mappings["items"])
    model = load_model()
    with torch.no_grad():
        first = model.maps[0]
        width = first.in_features // 2
        user_half = first.weight[:, :width]
        item_half = model.item_mlp.weight @ first.weight[:, width:].T
        rest = [(layer.weight.T.contiguous(), layer.bias) for layer in list(model.maps)[1:]]
        out_gmf = model.output.weight[0, : ARGS.factors]
        out_mlp = model.output.weight[0, ARGS.factors :].contiguous()

    def recommend(user_id, n):
        user = mappings["users"][user_id]
        with torch.inference_mode():
            half = first.bias + user_half @ model.user_mlp.weight[user]
            weighted = out_gmf * model.user_gmf.weight[user]
            logits = torch.empty(ARGS.items)
            for start in range(0, ARGS.items, BLOCK):
                rows = slice(start, min(start + BLOCK, ARGS.items))
                x = torch.relu_(item_half[rows] + half)
                for weight, bias in rest:
                    x = torch.relu_(torch.addmm(bias, x, weight))
                part = logits[rows]
                torch.addmv(model.output.bias, model.item_gmf.weight[rows], weighted, out=part)
                part.addmv_(x, out_mlp)
            best = torch.topk(logits, n)
        return [(item_ids[index], score) for score, index in zip(best.values.tolist(), best.indices.tolist())]

    return recommend


def create_app():
    recommend = seed_steps() if ARGS.kind == "seed" else loaded_once()
    app = Flask(__name__)

    @app.get("/topN=<int:n>for_user=<user_id>")
    def top(n, user_id):
        ranked = enumerate(recommend(user_id, n), 1)
        items = [{"rank": rank, "itemId": item, "score": score} for rank, (item, score) in ranked]
        return jsonify({"userId": user_id, "items": items})

    return app


def announce(port, server):
    line = {"msg": "listening", "pid": os.getpid(), "url": f"http://127.0.0.1:{port}", "server": server}
    print(json.dumps(line), flush=True)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(42)
    save_files()
    app = create_app()
    try:
        import waitress
    except ImportError:
        from werkzeug.serving import make_server

        server = make_server("127.0.0.1", 0, app, threaded=True)
        announce(server.server_port, "Flask's development server")
        server.serve_forever()
        return
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    announce(listener.getsockname()[1], "waitress")
    waitress.serve(app, sockets=[listener], threads=THREADS, connection_limit=1000)


main()
