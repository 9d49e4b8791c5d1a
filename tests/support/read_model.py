#!/usr/bin/env python3
"""Reads model.safetensors and prints users' top items: docs/model-file.md in a second language.

    python3 read_model.py MODEL.safetensors --n 10 --users u1 u2 ...

Needs Python 3.8 and nothing else. Prints [{"userId", "items": [{"itemId", "score"}]}] with the items that a user has
not interacted with, best first; the score is the logit in float64 from the float32 weights. A user that the model does
not know is an error.
"""

import argparse
import array
import heapq
import json
import struct
import sys
from operator import mul

TYPE_CODES = {"F32": "f", "F64": "d", "U32": "I", "U8": "B"}


def read_tensors(path):
    """{name: (shape, array)} of a safetensors file."""
    with open(path, "rb") as file:
        data = file.read()
    (header_bytes,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + header_bytes].decode("utf-8"))
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = array.array(TYPE_CODES[entry["dtype"]])
        values.frombytes(data[8 + header_bytes + begin : 8 + header_bytes + end])
        if sys.byteorder == "big":
            values.byteswap()
        tensors[name] = (entry["shape"], values)
    return tensors


def ids_of(tensors, name):
    offsets = tensors[name + ".offsets"][1]
    text = tensors[name + ".bytes"][1].tobytes()
    return [text[begin:end].decode("utf-8") for begin, end in zip(offsets, offsets[1:])]


def rows_of(tensors, name):
    (rows, width), values = tensors[name]
    return [values[row * width : (row + 1) * width].tolist() for row in range(rows)]


def dot(a, b):
    return sum(map(mul, a, b))


class Model:
    def __init__(self, path):
        tensors = read_tensors(path)
        self.user_ids = ids_of(tensors, "user_ids")
        self.item_ids = ids_of(tensors, "item_ids")
        self.user_index = {user_id: index for index, user_id in enumerate(self.user_ids)}
        self.history = [tensors["history.offsets"][1], tensors["history.items"][1]]
        self.user_gmf = rows_of(tensors, "user_gmf")
        self.item_gmf = rows_of(tensors, "item_gmf")
        self.user_mlp = rows_of(tensors, "user_mlp")
        item_mlp = rows_of(tensors, "item_mlp")
        factors = len(self.item_gmf[0])
        output = tensors["output.weight"][1].tolist()
        self.gmf_weight, self.mlp_weight = output[:factors], output[factors:]
        self.output_bias = tensors["output.bias"][1][0]
        self.layers = []
        while "mlp.%d.weight" % len(self.layers) in tensors:
            name = "mlp.%d" % len(self.layers)
            self.layers.append((rows_of(tensors, name + ".weight"), tensors[name + ".bias"][1].tolist()))
        # The first layer's part that depends on the item alone, once for all users.
        if self.layers:
            width = len(item_mlp[0])
            columns = [row[width:] for row in self.layers[0][0]]
            self.item_half = [[dot(row, item) for row in columns] for item in item_mlp]
        else:
            self.item_half = item_mlp

    def seen(self, user):
        offsets, items = self.history
        return set(items[offsets[user] : offsets[user + 1]])

    def score(self, user):
        """The logit of every item for a user."""
        user_mlp = self.user_mlp[user]
        user_half = user_mlp
        if self.layers:
            weight, bias = self.layers[0]
            user_half = [b + dot(row[: len(user_mlp)], user_mlp) for row, b in zip(weight, bias)]
        weighted_user = list(map(mul, self.gmf_weight, self.user_gmf[user]))
        logits = []
        for item_gmf, item_half in zip(self.item_gmf, self.item_half):
            if self.layers:
                z = [x if x > 0 else 0.0 for x in map(float.__add__, user_half, item_half)]
                for weight, bias in self.layers[1:]:
                    z = [x if x > 0 else 0.0 for x in (b + dot(row, z) for row, b in zip(weight, bias))]
            else:
                z = user_half + item_half
            logits.append(self.output_bias + dot(weighted_user, item_gmf) + dot(self.mlp_weight, z))
        return logits

    def top(self, user_id, n):
        user = self.user_index[user_id]
        logits = self.score(user)
        seen = self.seen(user)
        eligible = (item for item in range(len(logits)) if item not in seen)
        best = heapq.nsmallest(n, eligible, key=lambda item: (-logits[item], item))
        return [{"itemId": self.item_ids[item], "score": logits[item]} for item in best]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--n", type=int, default=10)
    parser.add_argument("--users", nargs="+", required=True)
    arguments = parser.parse_args()
    model = Model(arguments.model)
    unknown = [user_id for user_id in arguments.users if user_id not in model.user_index]
    if unknown:
        sys.exit("the model does not know the users: %s" % ", ".join(unknown))
    answer = [{"userId": user_id, "items": model.top(user_id, arguments.n)} for user_id in arguments.users]
    json.dump(answer, sys.stdout)
    print()


if __name__ == "__main__":
    main()
