"""
Random diagrams on the engine and in an independent token game: every open task compared after every step.

Prints how many models and steps agreed and which features they had; exits 1 on any disagreement or too few of a feature.
usage: engine_differential.py [models]
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.engine.runtime.differential import play

WANTED = (
    "parallel block in a loop",
    "unbalanced join",
    "nested multi-instance",
    "boundary on a sub-process or multi-instance",
    "event sub-process",
)


def main() -> int:
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    results: Counter[str] = Counter()
    features: Counter[str] = Counter()
    steps = 0
    wrong = []
    for seed in range(models // 2):
        for spoil in (False, True):
            result, taken, made = play(seed, spoil)
            steps += taken
            features.update(made.features)
            agreed = result.startswith(("same", "skipped"))
            results[result if agreed else "different"] += 1
            if not agreed:
                wrong.append((seed, spoil, result))
    print(f"models {sum(results.values())}, steps {steps}: {dict(results)}")
    for name in WANTED:
        print(f"  {name}: {features[name]} models, {100 * features[name] / models:.0f} %")
    for seed, spoil, result in wrong[:10]:
        print(f"  seed {seed} {'spoiled' if spoil else 'structured'}: {result}")
    few = [name for name in WANTED if features[name] < models / 10]
    print("too few of: " + ", ".join(few) if few else "every wanted feature in at least a tenth of the models")
    return 1 if wrong or few else 0


if __name__ == "__main__":
    sys.exit(main())
