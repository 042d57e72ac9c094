"""A network in plain NumPy, one formula after the other, to compare the core with.

Everything is float64, written as in a textbook, and deliberately naive: no fusion, no blocks.
"""

import numpy as np


def softmax(x):
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "softmax": softmax,
}


def activation_gradient(name, y, dy):
    """dL/dx from y = f(x) and dL/dy."""
    if name == "softmax":
        return y * (dy - (dy * y).sum(axis=1, keepdims=True))
    slope = {
        "linear": lambda: np.ones_like(y),
        "relu": lambda: (y > 0).astype(float),
        "sigmoid": lambda: y * (1 - y),
        "tanh": lambda: 1 - y**2,
    }[name]()
    return dy * slope


def one_hot(y, n_classes):
    return np.eye(n_classes)[y] if y.ndim == 1 else np.asarray(y, dtype=float)


def loss_and_slope(name, outputs, y, from_logits=False):
    """The loss of each row, and its derivative with respect to the row's outputs."""
    y = one_hot(np.asarray(y), outputs.shape[1])
    if name == "mean_squared_error":
        difference = outputs - y
        return (difference**2).mean(axis=1), 2 * difference / outputs.shape[1]
    if from_logits:
        p = softmax(outputs)
        return -(y * np.log(p)).sum(axis=1), p * y.sum(axis=1, keepdims=True) - y
    total = outputs.sum(axis=1, keepdims=True)
    p = outputs / total
    slope = -y / p
    return -(y * np.log(p)).sum(axis=1), (slope - (slope * p).sum(axis=1, keepdims=True)) / total


def accuracy(outputs, y):
    if outputs.shape[1] == 1:
        return float(((outputs > 0.5) == y.reshape(outputs.shape)).mean())
    labels = y if y.ndim == 1 else y.argmax(axis=1)
    return float((outputs.argmax(axis=1) == labels).mean())


class Network:
    """Dense layers, each a kernel (n_inputs, units), a bias (units,) or None, and an activation."""

    def __init__(self, weights, activations, use_bias=True):
        self.weights = [np.array(weight, dtype=np.float64) for weight in weights]
        self.activations = activations
        self.use_bias = use_bias

    def layers(self):
        step = 2 if self.use_bias else 1
        for index, activation in enumerate(self.activations):
            kernel, *bias = self.weights[step * index : step * (index + 1)]
            yield kernel, bias[0] if bias else 0.0, activation

    def forward(self, x):
        """The input and what each layer makes of it."""
        values = [np.asarray(x, dtype=np.float64)]
        for kernel, bias, activation in self.layers():
            values.append(ACTIVATIONS[activation](values[-1] @ kernel + bias))
        return values

    def loss_and_gradients(self, x, y, loss, from_logits=False):
        """The mean loss over the rows and its gradient for every weight."""
        values = self.forward(x)
        losses, slope = loss_and_slope(loss, values[-1], y, from_logits)
        slope = slope / len(losses)
        gradients = []
        for index, (kernel, _, activation) in reversed(list(enumerate(self.layers()))):
            slope = activation_gradient(activation, values[index + 1], slope)
            layer = [values[index].T @ slope]
            if self.use_bias:
                layer.append(slope.sum(axis=0))
            gradients = layer + gradients
            slope = slope @ kernel.T
        return losses.mean(), gradients

    def train_epoch(self, x, y, order, loss, optimizer, batch_size, from_logits=False):
        """One step for each batch; the running means of loss and accuracy over the epoch."""
        losses, hits = [], []
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            outputs = self.forward(x[rows])[-1]
            hits.append(accuracy(outputs, y[rows]) * len(rows))
            mean_loss, gradients = self.loss_and_gradients(x[rows], y[rows], loss, from_logits)
            losses.append(mean_loss * len(rows))
            optimizer.step(self.weights, gradients)
        return sum(losses) / len(order), sum(hits) / len(order)


class SGD:
    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False):
        self.learning_rate, self.momentum, self.nesterov = learning_rate, momentum, nesterov
        self.velocities = None

    def step(self, weights, gradients):
        if self.velocities is None:
            self.velocities = [np.zeros_like(weight) for weight in weights]
        for index, gradient in enumerate(gradients):
            velocity = self.momentum * self.velocities[index] - self.learning_rate * gradient
            self.velocities[index] = velocity
            if self.nesterov:
                velocity = self.momentum * velocity - self.learning_rate * gradient
            weights[index] = weights[index] + velocity


class Adam:
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.n_steps = 0
        self.moments = None

    def step(self, weights, gradients):
        if self.moments is None:
            self.moments = [(np.zeros_like(weight), np.zeros_like(weight)) for weight in weights]
        self.n_steps += 1
        t, b1, b2 = self.n_steps, self.beta_1, self.beta_2
        for index, g in enumerate(gradients):
            m, v = self.moments[index]
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            self.moments[index] = m, v
            rate = self.learning_rate * np.sqrt(1 - b2**t) / (1 - b1**t)
            weights[index] = weights[index] - rate * m / (np.sqrt(v) + self.epsilon)
