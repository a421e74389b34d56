"""The book's network in NumPy (Deep Learning from Scratch, 4.5.1): its formulas and their order, for any depth, less the
second exp of its softmax and the sigmoids that its sigmoid_grad computes anew."""
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def cross_entropy(y, t):
    """the book's, for one-hot targets: the true class is picked by index"""
    return -np.sum(np.log(y[np.arange(y.shape[0]), t.argmax(axis=1)] + 1e-7)) / y.shape[0]


class Net:
    def __init__(self, ws, bs):
        self.ws, self.bs = ws, bs

    def layers(self, x):
        """the input of each layer, and the output of the last"""
        zs = [x]
        last = len(self.ws) - 1
        for i, (w, b) in enumerate(zip(self.ws, self.bs)):
            a = np.dot(zs[-1], w) + b
            zs.append(softmax(a) if i == last else sigmoid(a))
        return zs

    def loss(self, x, t):
        return cross_entropy(self.layers(x)[-1], t)

    def accuracy(self, x, t):
        return np.mean(self.layers(x)[-1].argmax(axis=1) == t.argmax(axis=1))

    def gradient(self, x, t):
        """of each layer, the last first: that of its matrix and of its bias"""
        zs = self.layers(x)
        d = (zs[-1] - t) / x.shape[0]
        for i in reversed(range(len(self.ws))):
            yield np.dot(zs[i].T, d), np.sum(d, axis=0)
            if i > 0:
                d = zs[i] * (1 - zs[i]) * np.dot(d, self.ws[i].T)

    def learn(self, x, t, lr):
        """one step; the loss of the same batch after it"""
        for i, (dw, db) in zip(reversed(range(len(self.ws))), list(self.gradient(x, t))):
            self.ws[i] -= lr * dw
            self.bs[i] -= lr * db
        return self.loss(x, t)
