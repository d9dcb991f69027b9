"""The training step of train-bench in PyTorch, for comparison.

usage: torch-train.py THREADS BATCH  (python with torch; prints `wall N` and `cpu N` steps/s)
Two LSTM layers of 200, dropout 0.5 between them, one-hot inputs of 34 + 32
classes, two softmaxes, gradient clipping, Adam, windows of 128 steps.
SPDX-License-Identifier: MIT
"""
import sys
import time

import torch

threads, batch = int(sys.argv[1]), int(sys.argv[2])
MELODY, CHORDS, HIDDEN, STEPS = 34, 32, 200, 128
torch.set_num_threads(threads)
torch.set_flush_denormal(True)
torch.manual_seed(1)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(MELODY + CHORDS, HIDDEN, 2, dropout=0.5)
        self.heads = torch.nn.Linear(HIDDEN, MELODY + CHORDS)

    def forward(self, x):
        return self.heads(self.lstm(x)[0]).flatten(0, 1)


net = Net()
adam = torch.optim.Adam(net.parameters(), 1e-3)
melody = torch.randint(MELODY, (STEPS + 1, batch))
chord = torch.randint(CHORDS, (STEPS + 1, batch))
one_hot = torch.nn.functional.one_hot
x = torch.cat([one_hot(melody[:-1], MELODY), one_hot(chord[:-1], CHORDS)], 2).float()
loss_of = torch.nn.functional.cross_entropy


def update():
    adam.zero_grad()
    y = net(x)
    loss = 0.5 * loss_of(y[:, :MELODY], melody[1:].flatten())
    loss = loss + 0.5 * loss_of(y[:, MELODY:], chord[1:].flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    adam.step()


for _ in range(2):
    update()
wall, cpu, n = time.perf_counter(), time.process_time(), 0
while time.perf_counter() - wall < 3:
    update()
    n += 1
steps = n * STEPS * batch
print(f"torch {torch.__version__}")
print(f"wall {steps / (time.perf_counter() - wall):.0f} steps/s")
print(f"cpu {steps / (time.process_time() - cpu):.0f} steps/s")
