"""Draw who takes how long, from what a run side by side has written.

    fastnn bench --markdown > docs/measured/speeds.md    on a machine that does nothing else
    make docs                                            draws it, in docs/_build/speeds.svg

Tables of bench/compare.py's "training", "steps" and "estimators" are read alike. Measured are
the searches of `fastnn bench`, "training" and "steps".
"""

import re
from pathlib import Path

MEASURED = Path(__file__).parent / "measured" / "speeds.md"


def read(text):
    r"""Return for each case the seconds that each program took, fastnn first.

    A program's name ends at a comma: what follows tells how it was used.

    >>> rows = "| --- | ---: |\n| fastnn | 1,250 |\n| JAX, scan | 2,500 |\n"
    >>> read(f"### A case, one epoch\n\n|  | median ms |\n{rows}")
    {'A case, one epoch': {'fastnn': 1.25, 'JAX': 2.5}}
    """
    cases = {}
    for block in text.split("### ")[1:]:
        title, columns, _, *rows = [line for line in block.splitlines() if line]
        unit = re.search(r"median (\S+)", columns)
        if not unit:  # a table of another form
            continue
        scale = {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit[1]]
        cells = [row.strip("| ").split(" | ") for row in rows if row.startswith("|")]
        cases[title] = {
            name.partition(",")[0]: scale * float(median.replace(",", ""))
            for name, median, *_ in cells
        }
    return cases


def draw(path):
    """Draw how many times as long as fastnn each program took."""
    from matplotlib.figure import Figure

    cases = read(MEASURED.read_text())
    names = list(dict.fromkeys(name for seconds in cases.values() for name in seconds))
    figure = Figure(figsize=(9, 1.6 + 0.42 * len(cases)), layout="constrained")
    axes = figure.subplots()
    for i, name in enumerate(names):
        times = {
            place: seconds[name] / next(iter(seconds.values()))
            for place, seconds in enumerate(cases.values())
            if name in seconds
        }
        axes.plot(list(times.values()), list(times), "os^vDPX*"[i % 8], c=f"C{i}", label=name)
    axes.set_yticks(range(len(cases)), [_short(title) for title in cases], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("times as long as fastnn")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside upper center", ncols=4, fontsize=8)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path)


def _short(title):
    """Break a title where it is long.

    >>> print(_short("Steps: iris, batches of 32: `fit` of 100 epochs (goal 15 ms)"))
    iris, batches of 32: fit of 100 epochs
    """
    title = re.sub(r"^\w+: |`|, one epoch$| \(goal.*?\)", "", title)
    words, middle = title.split(), len(title) / 2
    if len(title) < 50:
        return title
    n = next(n for n in range(len(words)) if len(" ".join(words[: n + 1])) > middle)
    return " ".join(words[:n]) + "\n" + " ".join(words[n:])
