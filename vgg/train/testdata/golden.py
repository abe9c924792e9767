#!/usr/bin/python3
"""Makes golden.json: the losses of a few SGD steps of narrow nets in PyTorch (1.13, CPU, float64), and parameters after them.

Inputs and weights come from the formula of number(), so that a test can make the same ones.
"""
import json, math
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def number(n, seed):
    """n numbers from -1 to 1: a hash of the place, in exact integers."""
    i = torch.arange(n, dtype=torch.int64)
    h = (i * 2654435761 + seed * 40503 + 12345) % 4294967296
    h = (h ^ (h >> 15)) * 73244475 % 4294967296
    h = (h ^ (h >> 13)) % 65536
    return h.to(torch.float64) / 32768 - 1


class LRN(torch.nn.Module):
    def forward(self, x):  # alpha is the paper's, not divided by the size
        return F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2)


class Net(torch.nn.Module):
    def __init__(self, blocks, fc, classes, norm):
        super().__init__()
        layers, c = [], 3
        for block in blocks:
            for k, width in block:
                layers.append(torch.nn.Conv2d(c, width, k, padding=k // 2))
                if norm == "batch":
                    layers.append(torch.nn.BatchNorm2d(width))
                layers.append(torch.nn.ReLU())
                if norm == "lrn" and len(layers) == 2:
                    layers.append(LRN())
                c = width
            layers.append(torch.nn.MaxPool2d(2, 2))
        self.features = torch.nn.Sequential(*layers)
        self.classifier = torch.nn.Sequential(
            torch.nn.Linear(c * 49, fc), torch.nn.ReLU(), torch.nn.Dropout(0),
            torch.nn.Linear(fc, fc), torch.nn.ReLU(), torch.nn.Dropout(0), torch.nn.Linear(fc, classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def run(blocks, fc, classes, size, batch, steps, rate, decay, frozen=(), norm="", boxes=False):
    net = Net(blocks, fc, classes, norm)
    state = net.state_dict()
    state = {name: p for name, p in state.items() if not name.endswith("num_batches_tracked")}
    for i, (name, p) in enumerate(state.items()):
        if "running" in name or norm == "batch" and p.dim() == 1 and name.startswith("features") and name.endswith("weight"):
            continue  # batch normalisations start as the identity
        fan = p[0].numel() if p.dim() > 1 else 100
        p.copy_((number(p.numel(), i) * math.sqrt(6 / fan)).to(torch.float32).reshape(p.shape))
    for name, p in net.named_parameters():
        p.requires_grad = not name.startswith(tuple(frozen)) if frozen else True
    opt = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], rate, momentum=0.9, weight_decay=decay)
    losses = []
    for s in range(steps):
        x = number(batch * 3 * size * size, 1000 + s % 2).reshape(batch, 3, size, size).to(torch.float32).to(torch.float64)
        y = torch.tensor([(i * 3 + s % 2) % classes for i in range(batch)])
        opt.zero_grad()
        if boxes:  # four outputs a class; those of an image's class are to be its numbers, the others are let be
            wanted = number(batch * 4, 2000 + s % 2).reshape(batch, 4).to(torch.float32).to(torch.float64)
            out = net(x).reshape(batch, -1, 4)[torch.arange(batch), y % (classes // 4)]
            loss = ((out - wanted) ** 2).sum() / 2 / batch
        else:
            loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    after = {name: {"sum": p.sum().item(), "norm": p.norm().item()} for name, p in state.items()}
    return {"blocks": blocks, "fc": fc, "classes": classes, "size": size, "batch": batch, "rate": rate, "decay": decay,
            "frozen": list(frozen), "norm": norm, "losses": losses, "after": after}


small = [[(3, 2)], [(3, 3)], [(3, 4), (1, 5)], [(3, 6)], [(3, 6)]]
deep = [[(3, 3), (3, 2)], [(3, 4)], [(3, 4)], [(3, 5)], [(3, 6), (3, 7)]]
json.dump({
    "small": run(small, 9, 5, 224, 3, 6, 0.05, 0.02),
    "odd size": run(deep, 8, 4, 231, 2, 5, 0.03, 5e-4),
    "frozen": run(small, 9, 5, 224, 3, 6, 0.05, 0.02, ["features.0.", "features.3."]),
    "batch normalisation": run(small, 9, 5, 224, 3, 4, 0.005, 5e-4, norm="batch"),
    "local response normalisation": run(small, 9, 5, 224, 3, 5, 0.05, 5e-4, norm="lrn"),
    "boxes": run(small, 9, 8, 224, 3, 10, 0.002, 5e-4, boxes=True),
}, open("golden.json", "w"), indent=1)
