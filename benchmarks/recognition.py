"""Do the evaluation networks know puppets that they have never seen?

    python -m tools.puppets render --head HEAD -o people --seed 1001 --states 6 --count 1200
    python -m benchmarks.recognition --renders people

writes ``docs/figures/recognition.json`` and ``.md``: how well the identity network tells the same
person (in other poses, clothes, places and lights) from another, and how well the feature network
reads a puppet's parameters. ``--renders`` may be left out: then PuppetBench's own pictures serve.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from benchmarks import figures
from benchmarks.puppetbench import DATA
from d2animator.bundles.recognition import Recognition, load_recognition
from d2animator.evaluate.puppetbench import PuppetBench, load_bench
from tools.puppets.people import People, load_people, measure_recognition

NAMES = {
    "identity_auc": "same/different person: area under the curve",
    "identity_equal_error": "same/different person: equal error rate",
    "identity_same": "cosine, same person (mean)",
    "identity_different": "cosine, two persons (mean)",
    "yaw_error_deg": "yaw: mean absolute error, °",
    "pitch_error_deg": "pitch: mean absolute error, °",
    "roll_error_deg": "roll: mean absolute error, °",
    "gaze_error_deg": "gaze: mean absolute error, °",
    "expression_error": "expression weights: mean absolute error",
    "expression_correlation": "expression weights: median correlation",
    "class_accuracy": "kind of look named rightly",
}


def of_bench(bench: PuppetBench) -> People:
    """PuppetBench's pictures as persons, each in several states, all in one light."""
    clips = [frame for clip in bench.sequences for frame in (*clip.driver, *clip.truth)]
    pictures = [*bench.sources, *bench.drivers, *bench.truth, *clips]
    return People(
        torch.stack([torch.from_numpy(picture.image()).permute(2, 0, 1) for picture in pictures]),
        torch.stack([torch.from_numpy(picture.z) for picture in pictures]),
        torch.tensor([picture.person for picture in pictures]),
    )


def measure(recognition: Recognition, people: People) -> dict[str, float | int]:
    """All figures."""
    _, found = measure_recognition(recognition.identity, recognition.features, people)
    numbers: dict[str, float | int] = {name: round(value, 4) for name, value in found.items()}
    return {
        "persons": len(set(people.persons.tolist())),
        "pictures": len(people.persons),
        **numbers,
    }


def markdown(data: dict[str, float | int]) -> str:
    """The table of the documentation; three decimals, since the area ends in nines."""
    rows = [(title, f"{data[name]:.3f}") for name, title in NAMES.items()]
    head = f"{data['persons']} persons, {data['pictures']} pictures, none of them trained on.\n\n"
    return head + figures.table(["measured on unseen puppets", "value"], rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--renders", type=Path, help="set of an unseen seed, made with --states")
    parser.add_argument("--bundle", type=Path, help="evaluation bundle; default: the package's")
    options = parser.parse_args()
    people = load_people([options.renders]) if options.renders else of_bench(load_bench(DATA))
    data = measure(load_recognition(options.bundle), people)
    figures.write("recognition", data, markdown(data), "python -m benchmarks.recognition")
    print(markdown(data))


if __name__ == "__main__":
    main()
